export { Failure, type FailureClass, isFailure } from "./failure.ts"
export { isRejection, Rejection, type RejectionClass } from "./rejection.ts"
