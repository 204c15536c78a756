/**
 * What work costs (spec/handler-abi.md, "Fuel"). The counts are part of results and receipts: changing a
 * number is a new `FUEL_TABLE_VERSION`, and with it another profile and other cache keys.
 */
export const FUEL_TABLE_VERSION = 1

export const FUEL = {
  /** One instruction, `block`, `loop`, `else` and `end` included. */
  instruction: 1,
  /** Bytes that are moved, filled or made for one unit. A power of two: the guest counts by shifting. */
  bytesPerUnit: 16,
  /** One element of a table or element segment that is moved, filled or made. */
  element: 16,
  /** One `memory.grow` or `table.grow`, whatever comes of it. */
  grow: 1_024,
  /** A fresh instance of a module. */
  instance: 4_096,
  /** Each import, export, global and segment of the module, for each instance. */
  entity: 64,
  /** One call of a host function, besides the bytes it moves. */
  hostCall: 256,
} as const

export const PAGE_BYTES = 65_536
export const UNITS_PER_PAGE = PAGE_BYTES / FUEL.bytesPerUnit

/** The price of moving or making this many bytes. */
export function fuelOfBytes(bytes: number): number {
  return Math.floor(bytes / FUEL.bytesPerUnit)
}
