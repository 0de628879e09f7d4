export { type Dial, type Lookup, makeNodeTransport, type NodeTransportOptions } from "./make-node-transport.ts"
