/** What kind of place an address is. `special` is every special-use range that is neither loopback nor private. */
export type AddressKind = "public" | "loopback" | "private" | "special"

type Range = readonly [base: number, prefix: number, kind: Exclude<AddressKind, "public">]

// The IANA IPv4 Special-Purpose Address Registry, multicast, and where clouds answer their own machines. The first that fits.
const IPV4: ReadonlyArray<Range> = [
  [0x00_00_00_00, 8, "special"], // this network, RFC 791
  [0x0a_00_00_00, 8, "private"], // RFC 1918
  [0x64_64_64_c8, 32, "special"], // 100.100.100.200, metadata of Alibaba Cloud, in the range below
  [0x64_40_00_00, 10, "private"], // 100.64.0.0, shared address space, RFC 6598
  [0x7f_00_00_00, 8, "loopback"], // RFC 1122
  [0xa8_3f_81_10, 32, "special"], // 168.63.129.16, the platform's own of Azure, though a public one
  [0xa9_fe_00_00, 16, "special"], // 169.254.0.0, link-local (cloud metadata), RFC 3927
  [0xac_10_00_00, 12, "private"], // 172.16.0.0, RFC 1918
  [0xc0_00_00_00, 24, "special"], // 192.0.0.0, protocol assignments, RFC 6890
  [0xc0_00_02_00, 24, "special"], // 192.0.2.0, documentation, RFC 5737
  [0xc0_1f_c4_00, 24, "special"], // 192.31.196.0, AS112, RFC 7535
  [0xc0_34_c1_00, 24, "special"], // 192.52.193.0, AMT, RFC 7450
  [0xc0_58_63_00, 24, "special"], // 192.88.99.0, 6to4 relay, RFC 7526
  [0xc0_a8_00_00, 16, "private"], // 192.168.0.0, RFC 1918
  [0xc0_af_30_00, 24, "special"], // 192.175.48.0, AS112, RFC 7534
  [0xc6_12_00_00, 15, "special"], // 198.18.0.0, benchmarking, RFC 2544
  [0xc6_33_64_00, 24, "special"], // 198.51.100.0, documentation, RFC 5737
  [0xcb_00_71_00, 24, "special"], // 203.0.113.0, documentation, RFC 5737
  [0xe0_00_00_00, 4, "special"], // multicast, RFC 5771
  [0xf0_00_00_00, 4, "special"] // reserved and broadcast, RFC 1112 and RFC 919
]

/** The kind of an IP address, in any spelling, or `undefined` when the text is none. */
export const addressKind = (address: string): AddressKind | undefined => {
  const bare = /^\[(.*)\]$/s.exec(address)?.[1] ?? address
  return bare.includes(":") ? kindOfIpv6(bare) : kindOfIpv4(bare)
}

/**
 * Whether an address may not be dialled for a stranger: true for every special-use range of IANA's registries in every
 * spelling (decimal, octal and hexadecimal IPv4; IPv4 inside IPv6 as mapped, compatible, NAT64, 6to4 or Teredo; brackets;
 * zone ids), and for what is not an address at all (RFC 6890).
 */
export const isForbiddenAddress = (address: string): boolean => addressKind(address) !== "public"

const kindOfIpv4 = (text: string): AddressKind | undefined => {
  // The URL parser knows every spelling: 127.1, 0x7f000001, 017700000001, 2130706433, full-width digits.
  if (text === "" || /[/?#@\\:\s%]/.test(text)) return undefined
  const host = URL.parse(`http://${text}/`)?.hostname ?? ""
  return /^(?:\d{1,3}\.){3}\d{1,3}$/.test(host) ? kindOfNumber(numberOf(host)) : undefined
}

const numberOf = (dotted: string): number => dotted.split(".").reduce((sum, part) => sum * 256 + Number(part), 0)

const kindOfNumber = (number: number): AddressKind =>
  IPV4.find(([base, prefix]) => number >= base && number < base + 2 ** (32 - prefix))?.[2] ?? "public"

const kindOfIpv6 = (text: string): AddressKind | undefined => {
  // A zone id (RFC 4007 section 11) says on which link, not which address.
  const [bare = ""] = text.split("%", 1)
  if (!/^[0-9A-Fa-f:.]+$/.test(bare)) return undefined
  const host = URL.parse(`http://[${bare}]/`)?.hostname
  if (host === undefined) return undefined
  const groups = groupsOf(host.slice(1, -1))
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups
  const embedded = kindOfNumber(g * 0x1_00_00 + h)
  const zero = (...parts: ReadonlyArray<number>) => parts.every((part) => part === 0)
  if (zero(a, b, c, d, e, f, g) && h === 1) return "loopback"
  if (zero(a, b, c, d, e) && f === 0xffff) return embedded // ::ffff:0:0/96, IPv4-mapped, RFC 4291
  if (a === 0x64 && b === 0xff9b && zero(c, d, e, f)) return embedded // 64:ff9b::/96, NAT64, RFC 6052
  // The metadata of AWS (fd00:ec2::/32) and of Google Cloud (fd20:ce::/32), in the range below.
  if ((a === 0xfd00 && b === 0xec2) || (a === 0xfd20 && b === 0xce)) return "special"
  if ((a & 0xfe00) === 0xfc00) return "private" // fc00::/7, unique local, RFC 4193
  // Outside of 2000::/3 nothing is global unicast (RFC 4291 section 2.4): ::/96 IPv4-compatible, 64:ff9b:1::/48 local
  // NAT64, 100::/64 discard, 5f00::/16 segment routing, fe80::/10 link-local, fec0::/10 site-local, ff00::/8 multicast.
  if ((a & 0xe000) !== 0x2000) return "special"
  const reserved =
    (a === 0x2001 && b < 0x200) || // 2001::/23, protocol assignments, Teredo among them, RFC 2928 and RFC 4380
    (a === 0x2001 && b === 0xdb8) || // documentation, RFC 3849
    a === 0x2002 || // 6to4, RFC 3056
    (a === 0x2620 && b === 0x4f && c === 0x8000) || // AS112, RFC 7534
    (a === 0x3fff && b < 0x1000) || // 3fff::/20, documentation, RFC 9637
    ((e & 0xfdff) === 0 && f === 0x5efe) // ISATAP: a tunnel to the IPv4 address in it, RFC 5214 section 6.1
  return reserved ? "special" : "public"
}

// The eight groups of an IPv6 address as the URL parser prints it: hexadecimal, `::` at most once.
const groupsOf = (printed: string): ReadonlyArray<number> => {
  const [head = "", tail] = printed.split("::")
  const parse = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)))
  const left = parse(head)
  const right = tail === undefined ? [] : parse(tail)
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right]
}
