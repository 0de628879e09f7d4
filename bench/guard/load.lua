-- A POST with a tools/call body, each with the next of the run's tokens.
local body =
  '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read_notes","arguments":{"tag":"today","limit":20}}}'
local requests = {}
local at = 0

init = function()
  for token in io.lines(os.getenv("BENCH_TOKENS")) do
    requests[#requests + 1] = wrk.format("POST", "/mcp", {
      ["Host"] = wrk.headers["Host"],
      ["Authorization"] = "Bearer " .. token,
      ["Content-Type"] = "application/json",
      ["Accept"] = "application/json, text/event-stream",
      ["MCP-Protocol-Version"] = "2026-07-28",
      ["Mcp-Method"] = "tools/call",
      ["Mcp-Name"] = "read_notes"
    }, body)
  end
end

request = function()
  at = at % #requests + 1
  return requests[at]
end
