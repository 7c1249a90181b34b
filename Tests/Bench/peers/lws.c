// libwebsockets, in the manner of its minimal-ws-server: a ring of messages, each client with a place in it.
//
// cc -O2 -o lws lws.c -lwebsockets
// lws SOCKET
#include <libwebsockets.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { RING = 65536 };

struct message { void *payload; size_t count; };
struct client { struct client *next; struct lws *wsi; uint32_t tail; };

static struct lws_ring *ring;
static struct client *clients;

static void destroy(void *element) { free(((struct message *)element)->payload); }

static int handle(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t count) {
    struct client *client = user;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        client->wsi = wsi;
        client->tail = lws_ring_get_oldest_tail(ring);
        lws_ll_fwd_insert(client, next, clients);
        client->tail = lws_ring_get_oldest_tail(ring);
        // Not what was said before.
        while (lws_ring_get_element(ring, &client->tail)) lws_ring_consume(ring, &client->tail, NULL, 1);
        break;
    case LWS_CALLBACK_CLOSED:
        lws_ll_fwd_remove(struct client, next, client, clients);
        break;
    case LWS_CALLBACK_SERVER_WRITEABLE: {
        const struct message *message = lws_ring_get_element(ring, &client->tail);
        if (!message) break;
        if (lws_write(wsi, (unsigned char *)message->payload + LWS_PRE, message->count, LWS_WRITE_TEXT) < (int)message->count)
            return -1;
        lws_ring_consume_and_update_oldest_tail(ring, struct client, &client->tail, 1, clients, tail, next);
        if (lws_ring_get_element(ring, &client->tail)) lws_callback_on_writable(wsi);
        break;
    }
    case LWS_CALLBACK_RECEIVE: {
        struct message message = {.payload = malloc(LWS_PRE + count), .count = count};
        memcpy((char *)message.payload + LWS_PRE, in, count);
        if (!lws_ring_insert(ring, &message, 1)) { destroy(&message); break; }
        lws_start_foreach_llp(struct client **, each, clients) {
            lws_callback_on_writable((*each)->wsi);
        } lws_end_foreach_llp(each, next);
        break;
    }
    default: break;
    }
    return 0;
}

int main(int count, char **arguments) {
    if (count != 2) return 64;
    struct lws_protocols protocols[] = {
        {"chatrelay.v1", handle, sizeof(struct client), 65536, 0, NULL, 0}, {NULL, NULL, 0, 0, 0, NULL, 0}};
    struct lws_context_creation_info info = {
        .port = 0, .iface = arguments[1], .protocols = protocols, .fd_limit_per_thread = 20000,
        .options = LWS_SERVER_OPTION_UNIX_SOCK, .pt_serv_buf_size = 65536};
    lws_set_log_level(LLL_ERR, NULL);
    ring = lws_ring_create(sizeof(struct message), RING, destroy);
    struct lws_context *context = lws_create_context(&info);
    while (context && lws_service(context, 0) >= 0) {}
    return 71;
}
