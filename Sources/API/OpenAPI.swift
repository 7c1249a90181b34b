// The description of the interface, as it is served. https://spec.openapis.org/oas/v3.1.1.html

package import HTTP

package enum OpenAPI {
    package static var response: HTTPResponse {
        HTTPResponse(200, type: "application/json", body: Array("\(document)\n".utf8))
    }

    private static let document: StaticString = #"""
        {
          "openapi": "3.1.0",
          "info": {
            "title": "Chatrelay",
            "version": "1",
            "description": "Programs post into rooms and read from them. Events and errors are those of chatrelay.v1; objects may get further fields."
          },
          "servers": [{"url": "/api/v1"}],
          "security": [{"token": []}],
          "paths": {
            "/rooms": {
              "get": {
                "operationId": "listRooms",
                "summary": "The rooms that exist, sorted by name",
                "responses": {
                  "200": {"description": "At most 200 rooms", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Rooms"}}}},
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/users": {
              "get": {
                "operationId": "listUsers",
                "summary": "The connected users; for bots that are not limited to rooms",
                "responses": {
                  "200": {"description": "At most 500 users", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Users"}}}},
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/rooms/{room}/messages": {
              "parameters": [{"$ref": "#/components/parameters/room"}],
              "get": {
                "operationId": "readMessages",
                "summary": "A page of messages, in ascending order",
                "description": "The newest below `before`, or the oldest above `after`; without both, the newest.",
                "parameters": [
                  {"name": "before", "in": "query", "schema": {"$ref": "#/components/schemas/Seq"}},
                  {"name": "after", "in": "query", "schema": {"$ref": "#/components/schemas/Seq"}},
                  {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}}
                ],
                "responses": {
                  "200": {"description": "Fewer than `limit` where they are long", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/History"}}}},
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              },
              "post": {
                "operationId": "postMessage",
                "summary": "Post a message",
                "parameters": [{
                  "name": "Idempotency-Key",
                  "in": "header",
                  "description": "The message's id. The same key of the same user gives the same answer, and never a second message.",
                  "schema": {"$ref": "#/components/schemas/ID"}
                }],
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {"schema": {
                      "type": "object",
                      "required": ["text"],
                      "properties": {
                        "text": {"type": "string", "minLength": 1},
                        "id": {"anyOf": [{"$ref": "#/components/schemas/ID"}, {"type": "null"}], "description": "As Idempotency-Key; if both are given, they are equal"},
                        "re": {"anyOf": [{"$ref": "#/components/schemas/Seq"}, {"type": "null"}], "description": "The message that this one replies to"}
                      }
                    }},
                    "text/plain": {"schema": {"type": "string", "minLength": 1}}
                  }
                },
                "responses": {
                  "201": {"description": "The message is stored", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Stored"}}}},
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/rooms/{room}/events": {
              "parameters": [{"$ref": "#/components/parameters/room"}],
              "get": {
                "operationId": "followRoom",
                "summary": "The events of a room as server-sent events, without an end",
                "parameters": [
                  {"name": "Last-Event-ID", "in": "header", "description": "Begin above this number; else with what comes from now on.", "schema": {"$ref": "#/components/schemas/Seq"}},
                  {"name": "since", "in": "query", "description": "As Last-Event-ID, which counts more.", "schema": {"$ref": "#/components/schemas/Seq"}},
                  {"name": "ledger", "in": "query", "description": "The ledger that the position belongs to.", "schema": {"type": "string"}}
                ],
                "responses": {
                  "200": {"description": "Each `data` is an event of chatrelay.v1; durable ones have their `seq` as `id`", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            }
          },
          "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "The token of a bot (`chatrelay bot add`) or of a user's device, or a JWT of the site (`--token-key`: HS256, ES256 or EdDSA; `sub`, `exp`)"}},
            "parameters": {
              "room": {"name": "room", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,31}$"}}
            },
            "responses": {
              "Problem": {"description": "A problem (RFC 9457)", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
            },
            "schemas": {
              "Seq": {"type": "integer", "minimum": 0, "maximum": 9223372036854775807},
              "ID": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
              "Stored": {
                "type": "object",
                "required": ["type", "id", "seq"],
                "properties": {
                  "type": {"const": "ack"},
                  "id": {"$ref": "#/components/schemas/ID"},
                  "seq": {"$ref": "#/components/schemas/Seq"},
                  "deleted": {"type": "boolean", "description": "The message was deleted since"}
                }
              },
              "Message": {
                "type": "object",
                "required": ["type", "seq", "id", "room", "from", "user", "text", "at"],
                "properties": {
                  "type": {"const": "message"},
                  "seq": {"$ref": "#/components/schemas/Seq"},
                  "id": {"$ref": "#/components/schemas/ID"},
                  "room": {"type": "string"},
                  "from": {"type": "string"},
                  "user": {"type": "integer"},
                  "text": {"type": "string"},
                  "at": {"type": "integer", "description": "Milliseconds since 1970"},
                  "bot": {"type": "boolean"}
                }
              },
              "History": {
                "type": "object",
                "required": ["type", "room", "messages", "more"],
                "properties": {
                  "type": {"const": "history"},
                  "room": {"type": "string"},
                  "messages": {"type": "array", "items": {"$ref": "#/components/schemas/Message"}},
                  "more": {"type": "boolean"}
                }
              },
              "Rooms": {
                "type": "object",
                "required": ["type", "rooms", "more"],
                "properties": {
                  "type": {"const": "rooms"},
                  "rooms": {"type": "array", "items": {
                    "type": "object",
                    "required": ["room", "users"],
                    "properties": {"room": {"type": "string"}, "users": {"type": "integer"}, "title": {"type": "string"}, "topic": {"type": "string"}}
                  }},
                  "more": {"type": "integer", "description": "How many are not listed"}
                }
              },
              "Users": {
                "type": "object",
                "required": ["type", "users", "more"],
                "properties": {
                  "type": {"const": "users"},
                  "users": {"type": "array", "items": {
                    "type": "object",
                    "required": ["name", "user", "rooms"],
                    "properties": {"name": {"type": "string"}, "user": {"type": "integer"}, "rooms": {"type": "array", "items": {"type": "string"}}, "bot": {"type": "boolean"}}
                  }},
                  "more": {"type": "integer", "description": "How many are not listed"}
                }
              },
              "Problem": {
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                  "type": {"type": "string"},
                  "title": {"type": "string"},
                  "status": {"type": "integer"},
                  "detail": {"type": "string"},
                  "code": {"type": "string", "description": "As in chatrelay.v1"},
                  "retry": {"type": "integer", "description": "Milliseconds until the request may be sent again"}
                }
              }
            }
          }
        }
        """#
}
