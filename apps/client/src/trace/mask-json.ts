import { isShownMember, OPENED_MEMBERS } from "./shown.ts"

/** What is done with the texts of a JSON. */
export interface TextMask {
  readonly show: (text: string) => string
  readonly hide: (text: string) => string
  readonly name: (name: string) => string
}

/** JSON with its shape: names, truth values and `null` stay, texts and numbers where their member may be shown. */
export const maskJson = (text: string, mask: TextMask): string => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return mask.hide(text)
  }
  return JSON.stringify(maskValue(value, mask, { shown: false, opened: true }))
}

/** `shown`: texts and numbers stay; `opened`: members are looked into. */
interface Place {
  readonly shown: boolean
  readonly opened: boolean
}

const maskValue = (value: unknown, mask: TextMask, place: Place): unknown => {
  if (Array.isArray(value)) return value.map((item) => maskValue(item, mask, place))
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        mask.name(name),
        maskValue(member, mask, {
          shown: place.opened && isShownMember(name, member),
          opened: place.opened && OPENED_MEMBERS.has(name)
        })
      ])
    )
  }
  if (typeof value === "string") return place.shown ? mask.show(value) : mask.hide(value)
  if (typeof value === "number") return place.shown ? value : mask.hide(String(value))
  return value
}
