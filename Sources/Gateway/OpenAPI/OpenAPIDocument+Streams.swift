extension OpenAPIDocument {
    /// Streams and the mesh, which not each gateway has.
    static let streams = #"""
        {"paths": {"/whip/{stream}": {"parameters": [{"name": "stream", "in": "path", "required": true, "schema":
        {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}}], "post": {"operationId": "publish", "summary":
        "Publish a stream (WHIP).", "security": [{}, {"bearer": []}], "requestBody": {"required": true, "content":
        {"application/sdp": {"schema": {"type": "string"}}}}, "responses": {"201": {"description":
        "The session is made; its URL is in Location.", "content": {"application/sdp": {"schema": {"type":
        "string"}}}}, "406": {"description": "Not all of its sections can be taken.", "content":
        {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}, "400": {"$ref":
        "#/components/responses/E400"}, "413": {"$ref": "#/components/responses/E413"}, "415": {"$ref":
        "#/components/responses/E415"}, "422": {"$ref": "#/components/responses/E422"}, "503": {"$ref":
        "#/components/responses/E503"}, "409": {"$ref": "#/components/responses/E409"}, "401": {"$ref":
        "#/components/responses/E401"}, "403": {"$ref": "#/components/responses/E403"}, "405": {"$ref":
        "#/components/responses/E405"}, "421": {"$ref": "#/components/responses/E421"}, "429": {"$ref":
        "#/components/responses/E429"}, "500": {"$ref": "#/components/responses/E500"}}}},
        "/whip/{stream}/{session}": {"parameters": [{"name": "stream", "in": "path", "required": true, "schema":
        {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}}, {"name": "session", "in": "path", "required":
        true, "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}}], "patch": {"requestBody":
        {"required": true, "content": {"application/trickle-ice-sdpfrag": {"schema": {"type": "string"}}}},
        "operationId": "publishTrickle", "summary": "Candidates, or a restart of ICE.", "security": [{}, {"bearer":
        []}], "parameters": [{"name": "If-Match", "in": "header", "required": false, "schema": {"type": "string"}}],
        "responses": {"200": {"description": "ICE is restarted; the server's credentials and candidates.",
        "content": {"application/trickle-ice-sdpfrag": {"schema": {"type": "string"}}}}, "204": {"description":
        "They are taken."}, "400": {"$ref": "#/components/responses/E400"}, "404": {"$ref":
        "#/components/responses/E404"}, "409": {"$ref": "#/components/responses/E409"}, "412": {"$ref":
        "#/components/responses/E412"}, "413": {"$ref": "#/components/responses/E413"}, "415": {"$ref":
        "#/components/responses/E415"}, "422": {"$ref": "#/components/responses/E422"}, "428": {"$ref":
        "#/components/responses/E428"}, "401": {"$ref": "#/components/responses/E401"}, "403": {"$ref":
        "#/components/responses/E403"}, "405": {"$ref": "#/components/responses/E405"}, "421": {"$ref":
        "#/components/responses/E421"}, "429": {"$ref": "#/components/responses/E429"}, "500": {"$ref":
        "#/components/responses/E500"}}}, "delete": {"operationId": "publishEnd", "summary": "End the session.",
        "security": [{}, {"bearer": []}], "responses": {"200": {"description": "It is ended."}, "400": {"$ref":
        "#/components/responses/E400"}, "404": {"$ref": "#/components/responses/E404"}, "401": {"$ref":
        "#/components/responses/E401"}, "403": {"$ref": "#/components/responses/E403"}, "405": {"$ref":
        "#/components/responses/E405"}, "421": {"$ref": "#/components/responses/E421"}, "429": {"$ref":
        "#/components/responses/E429"}, "500": {"$ref": "#/components/responses/E500"}}}}, "/whep/{stream}":
        {"parameters": [{"name": "stream", "in": "path", "required": true, "schema": {"type": "string", "pattern":
        "^[A-Za-z0-9._-]{1,64}$"}}], "post": {"operationId": "watch", "summary": "Watch a stream (WHEP).",
        "security": [{}, {"bearer": []}], "requestBody": {"required": true, "content": {"application/sdp":
        {"schema": {"type": "string"}}}}, "responses": {"201": {"description":
        "The session is made; its URL is in Location.", "content": {"application/sdp": {"schema": {"type":
        "string"}}}}, "307": {"description": "The stream is elsewhere, see Location.", "content":
        {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}, "406": {"description":
        "An offer that would fit, to be answered with PATCH.", "content": {"application/sdp": {"schema": {"type":
        "string"}}}}, "400": {"$ref": "#/components/responses/E400"}, "413": {"$ref":
        "#/components/responses/E413"}, "415": {"$ref": "#/components/responses/E415"}, "422": {"$ref":
        "#/components/responses/E422"}, "503": {"$ref": "#/components/responses/E503"}, "404": {"$ref":
        "#/components/responses/E404"}, "409": {"$ref": "#/components/responses/E409"}, "401": {"$ref":
        "#/components/responses/E401"}, "403": {"$ref": "#/components/responses/E403"}, "405": {"$ref":
        "#/components/responses/E405"}, "421": {"$ref": "#/components/responses/E421"}, "429": {"$ref":
        "#/components/responses/E429"}, "500": {"$ref": "#/components/responses/E500"}}}, "head": {"operationId":
        "watchDiscovery", "summary": "Which body it takes, in Accept-Post.", "security": [{}, {"bearer": []}],
        "responses": {"200": {"description": "It is served."}, "400": {"$ref": "#/components/responses/E400"},
        "401": {"$ref": "#/components/responses/E401"}, "403": {"$ref": "#/components/responses/E403"}, "405":
        {"$ref": "#/components/responses/E405"}, "421": {"$ref": "#/components/responses/E421"}, "429": {"$ref":
        "#/components/responses/E429"}, "500": {"$ref": "#/components/responses/E500"}}}},
        "/whep/{stream}/{session}": {"parameters": [{"name": "stream", "in": "path", "required": true, "schema":
        {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}}, {"name": "session", "in": "path", "required":
        true, "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}}], "patch": {"requestBody":
        {"required": true, "content": {"application/trickle-ice-sdpfrag": {"schema": {"type": "string"}},
        "application/sdp": {"schema": {"type": "string"}}}}, "operationId": "watchTrickle", "summary":
        "Candidates, or a restart of ICE.", "security": [{}, {"bearer": []}], "parameters": [{"name": "If-Match",
        "in": "header", "required": false, "schema": {"type": "string"}}], "responses": {"200": {"description":
        "ICE is restarted; the server's credentials and candidates.", "content": {"application/trickle-ice-sdpfrag":
        {"schema": {"type": "string"}}}}, "204": {"description": "They are taken."}, "400": {"$ref":
        "#/components/responses/E400"}, "404": {"$ref": "#/components/responses/E404"}, "409": {"$ref":
        "#/components/responses/E409"}, "412": {"$ref": "#/components/responses/E412"}, "413": {"$ref":
        "#/components/responses/E413"}, "415": {"$ref": "#/components/responses/E415"}, "422": {"$ref":
        "#/components/responses/E422"}, "428": {"$ref": "#/components/responses/E428"}, "401": {"$ref":
        "#/components/responses/E401"}, "403": {"$ref": "#/components/responses/E403"}, "405": {"$ref":
        "#/components/responses/E405"}, "421": {"$ref": "#/components/responses/E421"}, "429": {"$ref":
        "#/components/responses/E429"}, "500": {"$ref": "#/components/responses/E500"}}}, "delete": {"operationId":
        "watchEnd", "summary": "End the session.", "security": [{}, {"bearer": []}], "responses": {"200":
        {"description": "It is ended."}, "400": {"$ref": "#/components/responses/E400"}, "404": {"$ref":
        "#/components/responses/E404"}, "401": {"$ref": "#/components/responses/E401"}, "403": {"$ref":
        "#/components/responses/E403"}, "405": {"$ref": "#/components/responses/E405"}, "421": {"$ref":
        "#/components/responses/E421"}, "429": {"$ref": "#/components/responses/E429"}, "500": {"$ref":
        "#/components/responses/E500"}}}}, "/api/streamers": {"get": {"operationId": "streamers", "summary":
        "All streams.", "security": [{}, {"bearer": []}], "responses": {"200": {"description": "The streams.",
        "content": {"application/json": {"schema": {"type": "array", "items": {"$ref":
        "#/components/schemas/Streamer"}}}}}, "400": {"$ref": "#/components/responses/E400"}, "401": {"$ref":
        "#/components/responses/E401"}, "403": {"$ref": "#/components/responses/E403"}, "405": {"$ref":
        "#/components/responses/E405"}, "421": {"$ref": "#/components/responses/E421"}, "429": {"$ref":
        "#/components/responses/E429"}, "500": {"$ref": "#/components/responses/E500"}}}},
        "/api/streamers/{stream}": {"parameters": [{"name": "stream", "in": "path", "required": true, "schema":
        {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}}], "get": {"operationId": "streamer", "summary":
        "A stream, its publisher and its watchers.", "security": [{}, {"bearer": []}], "responses": {"200":
        {"description": "The stream.", "content": {"application/json": {"schema": {"$ref":
        "#/components/schemas/Streamer"}}}}, "400": {"$ref": "#/components/responses/E400"}, "404": {"$ref":
        "#/components/responses/E404"}, "401": {"$ref": "#/components/responses/E401"}, "403": {"$ref":
        "#/components/responses/E403"}, "405": {"$ref": "#/components/responses/E405"}, "421": {"$ref":
        "#/components/responses/E421"}, "429": {"$ref": "#/components/responses/E429"}, "500": {"$ref":
        "#/components/responses/E500"}}}, "delete": {"operationId": "endStreamer", "summary": "End a stream.",
        "security": [{}, {"bearer": []}], "responses": {"204": {"description": "It is ended."}, "400": {"$ref":
        "#/components/responses/E400"}, "404": {"$ref": "#/components/responses/E404"}, "401": {"$ref":
        "#/components/responses/E401"}, "403": {"$ref": "#/components/responses/E403"}, "405": {"$ref":
        "#/components/responses/E405"}, "421": {"$ref": "#/components/responses/E421"}, "429": {"$ref":
        "#/components/responses/E429"}, "500": {"$ref": "#/components/responses/E500"}}}},
        "/api/streamers/{stream}/peers/{peer}": {"parameters": [{"name": "stream", "in": "path", "required": true,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}}, {"name": "peer", "in": "path",
        "required": true, "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}}], "delete":
        {"operationId": "endWatcher", "summary": "End a watcher.", "security": [{}, {"bearer": []}], "responses":
        {"204": {"description": "It is ended."}, "400": {"$ref": "#/components/responses/E400"}, "404": {"$ref":
        "#/components/responses/E404"}, "401": {"$ref": "#/components/responses/E401"}, "403": {"$ref":
        "#/components/responses/E403"}, "405": {"$ref": "#/components/responses/E405"}, "421": {"$ref":
        "#/components/responses/E421"}, "429": {"$ref": "#/components/responses/E429"}, "500": {"$ref":
        "#/components/responses/E500"}}}}, "/api/mesh/start_peer": {"post": {"operationId": "startPeer", "summary":
        "Start the mesh node, or find it started.", "security": [{}, {"bearer": []}], "requestBody": {"required":
        true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/StartPeer"}}}}, "responses":
        {"200": {"description": "Its id.", "content": {"application/json": {"schema": {"type": "string"}}}}, "400":
        {"$ref": "#/components/responses/E400"}, "409": {"$ref": "#/components/responses/E409"}, "413": {"$ref":
        "#/components/responses/E413"}, "503": {"$ref": "#/components/responses/E503"}, "401": {"$ref":
        "#/components/responses/E401"}, "403": {"$ref": "#/components/responses/E403"}, "405": {"$ref":
        "#/components/responses/E405"}, "421": {"$ref": "#/components/responses/E421"}, "429": {"$ref":
        "#/components/responses/E429"}, "500": {"$ref": "#/components/responses/E500"}}}},
        "/api/mesh/send_control_message": {"post": {"operationId": "sendControlMessage", "summary":
        "Send a text to one node or to all.", "security": [{}, {"bearer": []}], "requestBody": {"required": true,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ControlMessage"}}}}, "responses":
        {"200": {"description": "How many it was handed to.", "content": {"application/json": {"schema": {"type":
        "object", "required": ["sent"], "properties": {"sent": {"type": "integer"}}}}}}, "502": {"description":
        "A node did not take it.", "content": {"application/json": {"schema": {"$ref":
        "#/components/schemas/Error"}}}}, "504": {"description": "A node was too slow.", "content":
        {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}, "400": {"$ref":
        "#/components/responses/E400"}, "404": {"$ref": "#/components/responses/E404"}, "409": {"$ref":
        "#/components/responses/E409"}, "413": {"$ref": "#/components/responses/E413"}, "401": {"$ref":
        "#/components/responses/E401"}, "403": {"$ref": "#/components/responses/E403"}, "405": {"$ref":
        "#/components/responses/E405"}, "421": {"$ref": "#/components/responses/E421"}, "429": {"$ref":
        "#/components/responses/E429"}, "500": {"$ref": "#/components/responses/E500"}}}},
        "/api/mesh/get_connected_peers": {"get": {"operationId": "connectedPeers", "summary":
        "All nodes that are known, this one first.", "security": [{}, {"bearer": []}], "responses": {"200":
        {"description": "The nodes.", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref":
        "#/components/schemas/MeshPeer"}}}}}, "400": {"$ref": "#/components/responses/E400"}, "401": {"$ref":
        "#/components/responses/E401"}, "403": {"$ref": "#/components/responses/E403"}, "405": {"$ref":
        "#/components/responses/E405"}, "421": {"$ref": "#/components/responses/E421"}, "429": {"$ref":
        "#/components/responses/E429"}, "500": {"$ref": "#/components/responses/E500"}}}},
        "/api/mesh/get_leader_status": {"get": {"operationId": "leaderStatus", "summary": "Who leads.", "security":
        [{}, {"bearer": []}], "responses": {"200": {"description": "The leader.", "content": {"application/json":
        {"schema": {"$ref": "#/components/schemas/LeaderStatus"}}}}, "400": {"$ref": "#/components/responses/E400"},
        "401": {"$ref": "#/components/responses/E401"}, "403": {"$ref": "#/components/responses/E403"}, "405":
        {"$ref": "#/components/responses/E405"}, "421": {"$ref": "#/components/responses/E421"}, "429": {"$ref":
        "#/components/responses/E429"}, "500": {"$ref": "#/components/responses/E500"}}}}}, "components":
        {"schemas": {"Streamer": {"type": "object", "required": ["streamer_id", "status", "moonlight_connected",
        "connected_peers"], "properties": {"streamer_id": {"type": "string"}, "status": {"enum": ["starting",
        "live", "failed", "stopped"]}, "moonlight_connected": {"type": "boolean"}, "connected_peers": {"type":
        "integer"}, "reason": {"type": "string"}, "created_at": {"type": "string"}, "kinds": {"type": "array",
        "items": {"enum": ["audio", "video"]}}, "publisher": {"type": "object"}, "peers": {"type": "array", "items":
        {"type": "object"}}}}, "StartPeer": {"type": "object", "required": ["peerType", "displayName"],
        "properties": {"peerType": {"enum": ["controller", "display"]}, "displayName": {"type": "string",
        "minLength": 1, "maxLength": 64}}}, "ControlMessage": {"type": "object", "required": ["message"],
        "properties": {"targetPeerId": {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]},
        "message": {"type": "string"}}}, "MeshPeer": {"type": "object", "required": ["id", "peerType",
        "displayName", "isConnected", "isLeader"], "properties": {"id": {"type": "string"}, "peerType": {"enum":
        ["controller", "display"]}, "displayName": {"type": "string"}, "isConnected": {"type": "boolean"},
        "isLeader": {"type": "boolean"}}}, "LeaderStatus": {"type": "object", "required": ["leaderId", "amILeader",
        "peerCount"], "properties": {"leaderId": {"type": ["string", "null"]}, "amILeader": {"type": "boolean"},
        "peerCount": {"type": "integer"}}}}, "responses": {"E412": {"description":
        "The fragment is of another ICE session.", "content": {"application/json": {"schema": {"$ref":
        "#/components/schemas/Error"}}}}, "E415": {"description": "The body is of another type.", "content":
        {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}, "E428": {"description":
        "If-Match is missing.", "content": {"application/json": {"schema": {"$ref":
        "#/components/schemas/Error"}}}}}}}
        """#
}
