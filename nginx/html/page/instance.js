/** The folder of the page. Several instances on one host share what the browser stores, so it is part of each key. */
export const INSTANCE = new URL("..", import.meta.url).href;
