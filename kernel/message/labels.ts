/**
 * The one table of claim labels (spec/message.md, "Claims"). Registered labels are those of RFC 8392 and
 * RFC 8747; ours run from −65537 to −65599 and are never reused.
 */
export const CLAIM = {
  iss: 1,
  aud: 3,
  exp: 4,
  nbf: 5,
  iat: 6,
  cti: 7,
  cnf: 8,
  /** Inside cnf only: the text of a principal that is a key set. */
  principal: -65537,
  grid: -65538,
  method: -65539,
  arguments: -65540,
  capabilities: -65541,
  replyTo: -65542,
  inReplyTo: -65543,
  context: -65544,
  outcome: -65545,
  private: -65546,
  resource: -65547,
  methods: -65548,
  parent: -65549,
  caveats: -65550,
  bearer: -65551,
  cacheKey: -65552,
  result: -65553,
  fuel: -65554,
  profile: -65555,
  seq: -65556,
  previous: -65557,
  body: -65558,
  /** Ignored by every rule; for people and tools. */
  meta: -65559,
  encryptionKeys: -65560,
  successor: -65561,
  predecessor: -65562,
} as const

/** Kinds of signed objects, as the protected header `typ` (RFC 9596) names them. */
export const OBJECT_TYPE = {
  capability: 'promisegrid-capability+cwt',
  receipt: 'promisegrid-receipt+cwt',
  policy: 'promisegrid-policy+cwt',
  keyStatement: 'promisegrid-key-statement+cwt',
} as const

export type ObjectKind = keyof typeof OBJECT_TYPE
