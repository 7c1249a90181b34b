// The version of the page: that of `chatrelay --version` and of index.html.
export const VERSION = "0.1.0";
