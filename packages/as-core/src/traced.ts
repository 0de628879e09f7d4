export { traced } from "@postern/rejection/traced"
