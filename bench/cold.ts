// Run by challenges.ts in a process of its own: the microseconds of the very first call of one parser.
import { performance } from "node:perf_hooks"
import { HOSTILE, NORMAL } from "./headers.ts"
import { isParserName, PARSERS, responseWith } from "./parsers.ts"

const [parser, shape] = process.argv.slice(2)
const header = shape === undefined ? NORMAL : HOSTILE[shape]
if (header === undefined || !isParserName(parser)) throw new TypeError("no such parser or shape")
const parse = await PARSERS[parser]()
const response = responseWith(header)

const start = performance.now()
await parse(response)
console.log((performance.now() - start) * 1000)
