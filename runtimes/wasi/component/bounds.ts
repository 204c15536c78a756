/**
 * What a component may hold, and pass in one call, at most (spec/component.md, "Bounds"), each with its reason.
 * Changing one changes what is admitted or how a run ends, and so `COMPONENT_VERSION`.
 */
export const COMPONENT_BOUNDS = {
  /** Every byte is read on the thread that serves everyone. Each core module inside has the bounds of a module. */
  componentBytes: 4 * 1024 * 1024,
  /** Bytes of sections that hold neither modules nor components nor what is custom: each few are an object here. */
  structureBytes: 524_288,
  /** Definitions that linking meets, types by the number of their parts, once for each time the component that holds them is instantiated. */
  definitions: 65_536,
  /** Components and types of components inside each other: reading them uses the stack of the host. */
  nesting: 16,
  /** Nobody enters an instance twice, so this is also how deep calls between components go. */
  componentInstances: 64,
  coreInstances: 64,
  /** Each is address space of the host; what they hold together is bounded by the grant. */
  /** Bytes of core modules with expressions worked out for one instance: each of them is rewritten and compiled for itself. */
  foldedBytes: 16_777_216,
  memories: 8,
  tablesOfComponent: 32,
  /** Parts of a type, each counted as often as it occurs: types share parts, and would double at every level. */
  typeParts: 4_096,
  typeDepth: 64,
  /** Bytes of one value in memory, without what it points to. */
  valueBytes: 1_048_576,
  functionParameters: 128,
  /** Handles of one component instance: each is an object of the host. */
  handles: 16_384,
  /** Values in lists of one call, with all their parts: each is an object of the host. */
  valuesOfCall: 262_144,
  /** Bytes of strings and byte lists of one call: lists may all name the same bytes, and each is copied. */
  bytesOfCall: 67_108_864,
} as const

export const COMPONENT_BYTES_MAX = COMPONENT_BOUNDS.componentBytes

/** Changes whenever the same component could be admitted, priced or run differently. */
export const COMPONENT_VERSION = 3

/** What one call through the canonical ABI takes of the stack units of the run: its frames are in the host. */
export const CANONICAL_FRAME = 256
