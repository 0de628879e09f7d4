import * as z from "zod/mini"

// HAR 1.2, by its specification: http://www.softwareishard.com/blog/har-12-spec/

const pairs = z.array(z.strictObject({ name: z.string(), value: z.string() }))
const size = z.int().check(z.minimum(-1))

const entry = z.strictObject({
  startedDateTime: z.iso.datetime(),
  time: z.number().check(z.minimum(0)),
  request: z.strictObject({
    method: z.string(),
    url: z.url(),
    httpVersion: z.string(),
    cookies: z.array(z.never()),
    headers: pairs,
    queryString: pairs,
    // `params` and `text` exclude each other.
    postData: z.optional(
      z.union([
        z.strictObject({ mimeType: z.string(), params: pairs }),
        z.strictObject({ mimeType: z.string(), text: z.string() })
      ])
    ),
    headersSize: size,
    bodySize: size
  }),
  response: z.strictObject({
    status: z.int(),
    statusText: z.string(),
    httpVersion: z.string(),
    cookies: z.array(z.never()),
    headers: pairs,
    content: z.strictObject({ size, mimeType: z.string(), text: z.optional(z.string()) }),
    redirectURL: z.string(),
    headersSize: size,
    bodySize: size
  }),
  cache: z.strictObject({}),
  timings: z.strictObject({ send: z.number(), wait: z.number(), receive: z.number() }),
  comment: z.optional(z.string())
})

/** A trace as HAR 1.2 has it. */
export const harSchema = z.strictObject({
  log: z.strictObject({
    version: z.literal("1.2"),
    creator: z.strictObject({ name: z.string(), version: z.string() }),
    entries: z.array(entry)
  })
})
