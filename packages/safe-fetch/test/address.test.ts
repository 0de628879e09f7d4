import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isForbiddenAddress } from "@postern/safe-fetch"

const anyText = fc
  .array(fc.oneof(fc.constantFrom(..."0123456789abcdefx:.%[]".split("").map((at) => at.charCodeAt(0))), fc.nat(0xffff)))
  .map((codes) => String.fromCharCode(...codes))

describe("isForbiddenAddress", () => {
  it("is true for the first and last address of every special-use range of IPv4", () => {
    const ranges: ReadonlyArray<readonly [string, string]> = [
      ["0.0.0.0", "0.255.255.255"],
      ["10.0.0.0", "10.255.255.255"],
      ["100.64.0.0", "100.127.255.255"],
      ["127.0.0.0", "127.255.255.255"],
      ["169.254.0.0", "169.254.255.255"],
      ["172.16.0.0", "172.31.255.255"],
      ["192.0.0.0", "192.0.0.255"],
      ["192.0.2.0", "192.0.2.255"],
      ["192.31.196.0", "192.31.196.255"],
      ["192.52.193.0", "192.52.193.255"],
      ["192.88.99.0", "192.88.99.255"],
      ["192.168.0.0", "192.168.255.255"],
      ["192.175.48.0", "192.175.48.255"],
      ["198.18.0.0", "198.19.255.255"],
      ["198.51.100.0", "198.51.100.255"],
      ["203.0.113.0", "203.0.113.255"],
      ["224.0.0.0", "239.255.255.255"],
      ["240.0.0.0", "255.255.255.255"]
    ]
    for (const address of ranges.flat()) expect(isForbiddenAddress(address), address).toBe(true)
  })

  it("is true where clouds answer their own machines, public and unique local addresses among them", () => {
    for (const address of [
      "169.254.169.254",
      "169.254.170.2",
      "100.100.100.200",
      "168.63.129.16",
      "192.0.0.192",
      "fd00:ec2::254",
      "fd20:ce::254",
      "::ffff:168.63.129.16",
      "64:ff9b::a83f:8110"
    ]) {
      expect(isForbiddenAddress(address), address).toBe(true)
    }
    expect(isForbiddenAddress("168.63.129.15")).toBe(false)
    expect(isForbiddenAddress("168.63.129.17")).toBe(false)
  })

  it("is false right outside of them", () => {
    for (const address of [
      "1.0.0.0",
      "9.255.255.255",
      "11.0.0.0",
      "100.63.255.255",
      "100.128.0.0",
      "126.255.255.255",
      "128.0.0.0",
      "169.253.255.255",
      "169.255.0.0",
      "172.15.255.255",
      "172.32.0.0",
      "191.255.255.255",
      "192.0.1.0",
      "192.0.3.0",
      "192.167.255.255",
      "192.169.0.0",
      "198.17.255.255",
      "198.20.0.0",
      "223.255.255.255",
      "93.184.216.34"
    ]) {
      expect(isForbiddenAddress(address), address).toBe(false)
    }
  })

  it("is true for every special-use range of IPv6", () => {
    for (const address of [
      "::",
      "::1",
      "::2",
      "::ffff:0:8.8.8.8",
      "64:ff9b:1::",
      "64:ff9b:1:ffff:ffff:ffff:808:808",
      "64:ff9b:2::808:808",
      "100::",
      "100:0:0:1::",
      "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      "2001::",
      "2001:0:4136:e378:8000:63bf:3fff:fdd2",
      "2001:2::1",
      "2001:10::1",
      "2001:20::1",
      "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
      "2001:db8::1",
      "2002::",
      "2002:7f00:1::",
      "2002:808:808::1",
      "2620:4f:8000::1",
      "2606:4700::5efe:10.0.0.1",
      "2606:4700::200:5efe:808:808",
      "3fff::",
      "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
      "4000::",
      "5f00::1",
      "fc00::",
      "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      "fe80::1",
      "fec0::1",
      "ff02::1",
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
    ]) {
      expect(isForbiddenAddress(address), address).toBe(true)
    }
  })

  it("is false for global unicast addresses", () => {
    for (const address of [
      "2001:4860:4860::8888",
      "2606:4700::1111",
      "2000::1",
      "2001:200::1",
      "2003::1",
      "3fff:1000::1",
      "[2606:4700::1111]"
    ]) {
      expect(isForbiddenAddress(address), address).toBe(false)
    }
  })

  it("judges IPv4 inside IPv6 by the IPv4 address where the prefix is routed, and refuses it where it is not", () => {
    for (const inner of ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255"]) {
      for (const prefix of ["::ffff:", "::FFFF:", "0:0:0:0:0:ffff:", "::", "64:ff9b::", "64:ff9b:1::"]) {
        expect(isForbiddenAddress(prefix + inner), prefix + inner).toBe(true)
      }
    }
    expect(isForbiddenAddress("::ffff:8.8.8.8")).toBe(false)
    expect(isForbiddenAddress("::ffff:808:808")).toBe(false)
    expect(isForbiddenAddress("64:ff9b::8.8.8.8")).toBe(false)
    expect(isForbiddenAddress("::8.8.8.8")).toBe(true)
    expect(isForbiddenAddress("::ffff:7f00:1")).toBe(true)
    expect(isForbiddenAddress("64:ff9b::a9fe:a9fe")).toBe(true)
  })

  it("knows every spelling that a URL parser reads as an address", () => {
    for (const loopback of [
      "127.1",
      "127.0.1",
      "2130706433",
      "0x7f000001",
      "0x7f.0.0.1",
      "0177.0.0.1",
      "017700000001",
      "127.0.0.1.",
      "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
      "\uff11\uff12\uff17.0.0.1",
      "[::1]",
      "0:0:0:0:0:0:0:1",
      "fe80::1%eth0",
      "fe80::1%25eth0",
      "::1%lo",
      "::ffff:127.0.0.1%eth0"
    ]) {
      expect(isForbiddenAddress(loopback), loopback).toBe(true)
    }
    for (const open of ["8.8.8.8", "134744072", "0x08080808", "010.8.8.8", "2606:4700::1111%eth0"]) {
      expect(isForbiddenAddress(open), open).toBe(false)
    }
  })

  it("is true for what is no address", () => {
    for (const text of [
      "",
      "example.com",
      "localhost",
      "8.8.8.8/8",
      "8.8.8.8@x",
      "8.8.8.8:80",
      "8.8.8.8#",
      "1.2.3.4.5",
      "999.1.1.1",
      "::g",
      "[",
      "[]",
      ":",
      "1::2::3",
      "%"
    ]) {
      expect(isForbiddenAddress(text), text).toBe(true)
    }
  })

  it("never throws, and agrees with itself on mapped and NAT64 forms", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(typeof isForbiddenAddress(text)).toBe("boolean")
      })
    )
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const forbidden = isForbiddenAddress(address)
        expect(isForbiddenAddress(`::ffff:${address}`)).toBe(forbidden)
        expect(isForbiddenAddress(`64:ff9b::${address}`)).toBe(forbidden)
        expect(isForbiddenAddress(String(address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0)))).toBe(
          forbidden
        )
      })
    )
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(isForbiddenAddress(`[${address}]`)).toBe(isForbiddenAddress(address))
        expect(isForbiddenAddress(`${address}%1`)).toBe(isForbiddenAddress(address))
      })
    )
  })
})
