extension OpenAPIDocument {
    /// The description; a test holds the server to it.
    static let text = #"""
        { "openapi": "3.1.0", "info": { "title": "swift-webrtc gateway", "version": "1.0",
        "description": "Requests over a WebRTC data channel or over HTTP. Bound to a loopback address it needs no token; otherwise one with the scope call."
        }, "paths": { "/v1/webrtc/offer": { "post": { "operationId": "offer",
        "summary": "Open a session: the server makes its data channel and the offer.", "security": [ {}, {
        "bearer": [] } ], "requestBody": { "required": true, "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/OfferRequest" } } } }, "responses": { "200": {
        "description": "The offer.", "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Offer" } } } }, "400": { "$ref": "#/components/responses/E400" }, "401": {
        "$ref": "#/components/responses/E401" }, "403": { "$ref": "#/components/responses/E403" }, "405": {
        "$ref": "#/components/responses/E405" }, "413": { "$ref": "#/components/responses/E413" }, "421": {
        "$ref": "#/components/responses/E421" }, "429": { "$ref": "#/components/responses/E429" }, "500": {
        "$ref": "#/components/responses/E500" }, "503": { "$ref": "#/components/responses/E503" } } } },
        "/v1/webrtc/answer": { "post": { "operationId": "answer", "summary": "Answer the offer.", "security": [
        {}, { "bearer": [] } ], "requestBody": { "required": true, "content": { "application/json": {
        "schema": { "$ref": "#/components/schemas/AnswerRequest" } } } }, "responses": { "200": {
        "description": "The answer is set.", "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Status" } } } }, "400": { "$ref": "#/components/responses/E400" },
        "401": { "$ref": "#/components/responses/E401" }, "403": { "$ref": "#/components/responses/E403" },
        "404": { "$ref": "#/components/responses/E404" }, "405": { "$ref": "#/components/responses/E405" },
        "409": { "$ref": "#/components/responses/E409" }, "413": { "$ref": "#/components/responses/E413" },
        "421": { "$ref": "#/components/responses/E421" }, "422": { "$ref": "#/components/responses/E422" },
        "429": { "$ref": "#/components/responses/E429" }, "500": { "$ref": "#/components/responses/E500" } } }
        }, "/v1/webrtc/ice": { "post": { "operationId": "candidate",
        "summary": "Add a candidate of the client's.", "security": [ {}, { "bearer": [] } ], "requestBody": {
        "required": true, "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/CandidateRequest" } } } }, "responses": { "200": {
        "description": "The candidate is added.", "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Status" } } } }, "400": { "$ref": "#/components/responses/E400" },
        "401": { "$ref": "#/components/responses/E401" }, "403": { "$ref": "#/components/responses/E403" },
        "404": { "$ref": "#/components/responses/E404" }, "405": { "$ref": "#/components/responses/E405" },
        "409": { "$ref": "#/components/responses/E409" }, "413": { "$ref": "#/components/responses/E413" },
        "421": { "$ref": "#/components/responses/E421" }, "422": { "$ref": "#/components/responses/E422" },
        "429": { "$ref": "#/components/responses/E429" }, "500": { "$ref": "#/components/responses/E500" } } }
        }, "/v1/webrtc/session/{id}": { "parameters": [ { "name": "id", "in": "path", "required": true,
        "schema": { "type": "string", "minLength": 1 } } ], "get": { "operationId": "session",
        "summary": "What is known of a session, and why it does not connect.", "security": [ {}, { "bearer": []
        } ], "responses": { "200": { "description": "The session.", "content": { "application/json": {
        "schema": { "$ref": "#/components/schemas/Session" } } } }, "400": {
        "$ref": "#/components/responses/E400" }, "401": { "$ref": "#/components/responses/E401" }, "403": {
        "$ref": "#/components/responses/E403" }, "404": { "$ref": "#/components/responses/E404" }, "405": {
        "$ref": "#/components/responses/E405" }, "413": { "$ref": "#/components/responses/E413" }, "421": {
        "$ref": "#/components/responses/E421" }, "429": { "$ref": "#/components/responses/E429" }, "500": {
        "$ref": "#/components/responses/E500" } } }, "delete": { "operationId": "endSession",
        "summary": "End a session.", "security": [ {}, { "bearer": [] } ], "responses": { "204": {
        "description": "It is ended." }, "400": { "$ref": "#/components/responses/E400" }, "401": {
        "$ref": "#/components/responses/E401" }, "403": { "$ref": "#/components/responses/E403" }, "404": {
        "$ref": "#/components/responses/E404" }, "405": { "$ref": "#/components/responses/E405" }, "413": {
        "$ref": "#/components/responses/E413" }, "421": { "$ref": "#/components/responses/E421" }, "429": {
        "$ref": "#/components/responses/E429" }, "500": { "$ref": "#/components/responses/E500" } } } },
        "/v1/webrtc/stats": { "get": { "operationId": "stats",
        "summary": "How many sessions there are and were.", "security": [ {}, { "bearer": [] } ], "responses": {
        "200": { "description": "The counts.", "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Counts" } } } }, "400": { "$ref": "#/components/responses/E400" },
        "401": { "$ref": "#/components/responses/E401" }, "403": { "$ref": "#/components/responses/E403" },
        "405": { "$ref": "#/components/responses/E405" }, "413": { "$ref": "#/components/responses/E413" },
        "421": { "$ref": "#/components/responses/E421" }, "429": { "$ref": "#/components/responses/E429" },
        "500": { "$ref": "#/components/responses/E500" } } } }, "/v1/rpc": { "post": { "operationId": "rpc",
        "summary": "Send a request to the handler over HTTP.", "security": [ {}, { "bearer": [] } ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Request" } } } }, "responses": { "200": {
        "description": "The result, or parts of it, one a line.", "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Reply" } }, "application/x-ndjson": { "schema": {
        "$ref": "#/components/schemas/Reply" } } } }, "400": { "$ref": "#/components/responses/E400" }, "401": {
        "$ref": "#/components/responses/E401" }, "403": { "$ref": "#/components/responses/E403" }, "404": {
        "$ref": "#/components/responses/E404" }, "405": { "$ref": "#/components/responses/E405" }, "413": {
        "$ref": "#/components/responses/E413" }, "421": { "$ref": "#/components/responses/E421" }, "422": {
        "$ref": "#/components/responses/E422" }, "429": { "$ref": "#/components/responses/E429" }, "500": {
        "$ref": "#/components/responses/E500" } } } }, "/api/turn/credentials": { "get": {
        "operationId": "turn", "summary": "A credential for the TURN servers. Only where the server has some.",
        "security": [ { "bearer": [] } ], "responses": { "200": { "description": "The credential.", "content": {
        "application/json": { "schema": { "$ref": "#/components/schemas/TURN" } } } }, "400": {
        "$ref": "#/components/responses/E400" }, "401": { "$ref": "#/components/responses/E401" }, "403": {
        "$ref": "#/components/responses/E403" }, "404": { "$ref": "#/components/responses/E404" }, "405": {
        "$ref": "#/components/responses/E405" }, "413": { "$ref": "#/components/responses/E413" }, "421": {
        "$ref": "#/components/responses/E421" }, "429": { "$ref": "#/components/responses/E429" }, "500": {
        "$ref": "#/components/responses/E500" } } } }, "/health": { "get": { "operationId": "health",
        "summary": "Whether the server lives.", "security": [], "responses": { "200": {
        "description": "It does.", "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Status" } } } }, "400": { "$ref": "#/components/responses/E400" },
        "401": { "$ref": "#/components/responses/E401" }, "403": { "$ref": "#/components/responses/E403" },
        "405": { "$ref": "#/components/responses/E405" }, "413": { "$ref": "#/components/responses/E413" },
        "421": { "$ref": "#/components/responses/E421" }, "429": { "$ref": "#/components/responses/E429" },
        "500": { "$ref": "#/components/responses/E500" } } } }, "/ready": { "get": { "operationId": "ready",
        "summary": "Whether it takes sessions.", "security": [], "responses": { "200": {
        "description": "It does.", "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Status" } } } }, "400": { "$ref": "#/components/responses/E400" },
        "401": { "$ref": "#/components/responses/E401" }, "403": { "$ref": "#/components/responses/E403" },
        "405": { "$ref": "#/components/responses/E405" }, "413": { "$ref": "#/components/responses/E413" },
        "421": { "$ref": "#/components/responses/E421" }, "429": { "$ref": "#/components/responses/E429" },
        "500": { "$ref": "#/components/responses/E500" }, "503": { "description": "It does not.", "content": {
        "application/json": { "schema": { "$ref": "#/components/schemas/Status" } } } } } } }, "/metrics": {
        "get": { "operationId": "metrics", "summary": "What is counted, in Prometheus' text format.",
        "security": [ {}, { "bearer": [] } ], "responses": { "200": { "description": "The metrics.",
        "content": { "text/plain": { "schema": { "type": "string" } } } }, "400": {
        "$ref": "#/components/responses/E400" }, "401": { "$ref": "#/components/responses/E401" }, "403": {
        "$ref": "#/components/responses/E403" }, "405": { "$ref": "#/components/responses/E405" }, "413": {
        "$ref": "#/components/responses/E413" }, "421": { "$ref": "#/components/responses/E421" }, "429": {
        "$ref": "#/components/responses/E429" }, "500": { "$ref": "#/components/responses/E500" } } } } },
        "components": { "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer",
        "bearerFormat": "JWT" } }, "responses": { "E400": { "description": "The request is malformed.",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } }, "E401": {
        "description": "A token is missing or refused.", "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Error" } } } }, "E403": {
        "description": "The token has not the scope, or the origin is not let in.", "content": {
        "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } }, "E404": {
        "description": "There is no such session.", "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Error" } } } }, "E405": { "description": "The path has other methods.",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } }, "E409": {
        "description": "The session is in another state.", "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Error" } } } }, "E413": { "description": "The body is too large.",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } }, "E421": {
        "description": "The server has another name.", "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Error" } } } }, "E422": {
        "description": "A description or candidate is not right.", "content": { "application/json": {
        "schema": { "$ref": "#/components/schemas/Error" } } } }, "E429": {
        "description": "Too many requests or sessions.", "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Error" } } } }, "E500": { "description": "The server failed.",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } }, "E503": {
        "description": "The server is full or going away.", "content": { "application/json": { "schema": {
        "$ref": "#/components/schemas/Error" } } } } }, "schemas": { "Error": { "type": "object", "required": [
        "error" ], "properties": { "error": { "type": "object", "required": [ "code", "message" ],
        "properties": { "code": { "type": "string" }, "message": { "type": "string" } } } } }, "Status": {
        "type": "object", "required": [ "status" ], "properties": { "status": { "type": "string" } } },
        "OfferRequest": { "type": "object", "required": [ "peer_id" ], "properties": { "peer_id": {
        "type": "string", "minLength": 1, "maxLength": 128 }, "sdp": {
        "description": "May be there, and is ignored." } } }, "Offer": { "type": "object", "required": [
        "session_id", "sdp", "type", "ice_servers" ], "properties": { "session_id": { "type": "string",
        "format": "uuid" }, "sdp": { "type": "string" }, "type": { "const": "offer" }, "ice_servers": {
        "type": "array", "items": { "type": "object", "required": [ "urls" ], "properties": { "urls": {
        "type": "array", "items": { "type": "string" } }, "username": { "type": "string" }, "credential": {
        "type": "string" } } } } } }, "AnswerRequest": { "type": "object", "required": [ "session_id", "sdp" ],
        "properties": { "session_id": { "type": "string", "format": "uuid" }, "sdp": { "type": "string",
        "minLength": 1 } } }, "CandidateRequest": { "type": "object", "required": [ "session_id" ],
        "properties": { "session_id": { "type": "string", "format": "uuid" }, "candidate": { "type": [ "string",
        "null" ], "description": "A candidate line; empty or missing is the end." }, "sdpMid": { "type": [
        "string", "null" ] }, "sdpMLineIndex": { "type": [ "integer", "null" ], "minimum": 0, "maximum": 65535 }
        } }, "Session": { "type": "object", "required": [ "session_id", "peer_id", "state", "created_at",
        "last_activity", "candidates", "stats", "diagnosis" ], "properties": { "session_id": { "type": "string",
        "format": "uuid" }, "peer_id": { "type": "string" }, "state": { "enum": [ "new", "connecting",
        "connected", "failed", "closed" ] }, "created_at": { "type": "string", "format": "date-time" },
        "last_activity": { "type": "string", "format": "date-time" }, "candidates": { "type": "array",
        "items": { "type": "object", "required": [ "candidate" ], "properties": { "candidate": {
        "type": "string" }, "sdpMid": { "type": "string" }, "sdpMLineIndex": { "type": "integer" } } } },
        "stats": { "type": "object", "required": [], "properties": { "messages_sent": { "type": "integer" },
        "messages_received": { "type": "integer" }, "bytes_sent": { "type": "integer" }, "bytes_received": {
        "type": "integer" }, "round_trip_time": { "type": [ "number", "null" ], "description": "In seconds." },
        "selected_pair": { "type": [ "object", "null" ] } } }, "diagnosis": { "type": "object", "required": [
        "step", "verdict", "text" ], "properties": { "step": { "type": "string" }, "verdict": { "enum": [
        "good", "waiting", "bad" ] }, "text": { "type": "string" }, "advice": { "type": "string" }, "details": {
        "type": "array", "items": { "type": "string" } } } } } }, "Counts": { "type": "object", "required": [
        "active", "connected", "cleaned_up", "total" ], "properties": { "active": { "type": "integer" },
        "connected": { "type": "integer" }, "cleaned_up": { "type": "integer" }, "total": { "type": "integer" }
        } }, "Request": { "type": "object", "required": [ "action" ], "properties": { "action": {
        "type": "string", "minLength": 1 }, "id": { "type": [ "string", "number" ] } } }, "Reply": {
        "type": "object", "properties": { "id": { "type": [ "string", "number" ] }, "part": { "type": "integer"
        }, "done": { "type": "boolean" }, "error": { "type": "object", "required": [ "code", "message" ],
        "properties": { "code": { "type": "string" }, "message": { "type": "string" } } } } }, "TURN": {
        "type": "object", "required": [ "username", "password", "ttl", "uris" ], "properties": { "username": {
        "type": "string" }, "password": { "type": "string" }, "ttl": { "type": "integer" }, "uris": {
        "type": "array", "items": { "type": "string" } } } } } } }
        """#
}
