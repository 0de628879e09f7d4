/** The one place where a text that has passed every check of its kind takes that kind's brand. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the brand, nothing can infer it
export function brand<Branded extends string>(checked: string): Branded
export function brand(checked: string): string {
  return checked
}
