// An MCP server with the tools, resources and prompts that the official suite calls by name, on the official SDK.
import { completable, McpServer, ResourceTemplate } from "@modelcontextprotocol/server"
import * as z from "zod"

/** One red pixel, and a tenth of a second of silence. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
const WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA=="

const text = (value: string) => ({ type: "text" as const, text: value })
const image = { type: "image" as const, data: PNG, mimeType: "image/png" }
const resource = (uri: string, value: string) => ({
  type: "resource" as const,
  resource: { uri, mimeType: "text/plain", text: value }
})
const none = { inputSchema: z.object({}) }
const wait = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

const addTools = (server: McpServer): void => {
  server.registerTool("test_simple_text", { description: "Text", ...none }, () => ({
    content: [text("This is a simple text response for testing.")]
  }))
  server.registerTool("test_image_content", { description: "An image", ...none }, () => ({ content: [image] }))
  server.registerTool("test_audio_content", { description: "A sound", ...none }, () => ({
    content: [{ type: "audio" as const, data: WAV, mimeType: "audio/wav" }]
  }))
  server.registerTool("test_embedded_resource", { description: "A resource", ...none }, () => ({
    content: [resource("test://embedded-resource", "This is an embedded resource content.")]
  }))
  server.registerTool("test_multiple_content_types", { description: "Three kinds", ...none }, () => ({
    content: [
      text("Multiple content types test:"),
      image,
      resource("test://mixed-content-resource", '{"test":"data","value":123}')
    ]
  }))
  server.registerTool("test_error_handling", { description: "An error", ...none }, () => {
    throw new Error("This tool intentionally returns an error for testing")
  })
  server.registerTool("test_tool_with_logging", { description: "Log messages", ...none }, async (_, context) => {
    for (const data of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await context.mcpReq.log("info", data)
      await wait(50)
    }
    return { content: [text("logged")] }
  })
  server.registerTool("test_tool_with_progress", { description: "Progress", ...none }, async (_, context) => {
    const progressToken = context.mcpReq._meta?.progressToken
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) {
        await context.mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken, progress, total: 100 }
        })
      }
      await wait(50)
    }
    return { content: [text("done")] }
  })
}

const addResources = (server: McpServer): void => {
  server.registerResource("static-text", "test://static-text", { mimeType: "text/plain" }, ({ href }) => ({
    contents: [{ uri: href, mimeType: "text/plain", text: "This is the content of the static text resource." }]
  }))
  server.registerResource("static-binary", "test://static-binary", { mimeType: "image/png" }, ({ href }) => ({
    contents: [{ uri: href, mimeType: "image/png", blob: PNG }]
  }))
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { mimeType: "application/json" },
    ({ href }, { id }) => ({
      contents: [{ uri: href, mimeType: "application/json", text: JSON.stringify({ id, templateTest: true }) }]
    })
  )
}

const user = (content: ReturnType<typeof text> | ReturnType<typeof resource> | typeof image) => ({
  role: "user" as const,
  content
})

const addPrompts = (server: McpServer): void => {
  server.registerPrompt("test_simple_prompt", { description: "A prompt" }, () => ({
    messages: [user(text("This is a simple prompt for testing."))]
  }))
  server.registerPrompt(
    "test_prompt_with_arguments",
    {
      description: "A prompt with arguments",
      argsSchema: z.object({ arg1: completable(z.string(), () => ["paris"]), arg2: z.string() })
    },
    ({ arg1, arg2 }) => ({ messages: [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))] })
  )
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "A prompt with a resource", argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) => ({
      messages: [user(resource(resourceUri, "Embedded resource content for testing.")), user(text("Process it."))]
    })
  )
  server.registerPrompt("test_prompt_with_image", { description: "A prompt with an image" }, () => ({
    messages: [user(image), user(text("Look at it."))]
  }))
}

/** A server for one request. */
export const everythingServer = (): McpServer => {
  const server = new McpServer(
    { name: "everything", version: "0.0.0" },
    { capabilities: { logging: {}, tools: {}, resources: { subscribe: true }, prompts: {}, completions: {} } }
  )
  addTools(server)
  addResources(server)
  addPrompts(server)
  return server
}
