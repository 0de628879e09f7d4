import { canonicalResource } from "@postern/uri"
import * as Result from "effect/Result"
import { RequestOutsideResource } from "./rejections/index.ts"

/**
 * Whether a request may carry the token of a resource: to its origin, and to its path or one below it, with its query where
 * it has one (MCP Authorization, Token Handling). A token for one server on a host says nothing about its neighbour.
 */
export const checkRequestTarget = (
  resource: string,
  requested: string
): Result.Result<void, RequestOutsideResource> => {
  const home = new URL(resource)
  const target = URL.parse(requested)
  const outside = () =>
    Result.fail(
      new RequestOutsideResource({ resource, origin: target?.origin ?? "null", path: target?.pathname ?? "" })
    )
  if (target === null || Result.isFailure(canonicalResource(requested))) return outside()
  if (target.origin !== home.origin) return outside()
  // A query in a resource names one of several that share a path.
  if (home.search !== "" && target.search !== home.search) return outside()
  const path = home.pathname.endsWith("/") ? home.pathname : `${home.pathname}/`
  return target.pathname === home.pathname || target.pathname.startsWith(path) ? Result.succeed(undefined) : outside()
}
