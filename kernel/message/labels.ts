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
  /** Revocation: the id of the token that is taken back. */
  revoked: -65563,
  /** Message: chains lent to the handler for this call. */
  table: -65564,
  /** Message: the id of the message or promise whose result the arguments are. */
  future: -65565,
  /** Promise: the id of the message it answers. */
  request: -65566,
  /** Promise: the id of the promise of somebody else that it passes on. */
  wraps: -65567,
  /** Promise: ids of promises that must be kept before it. */
  conditions: -65568,
  /** Heartbeat: the name of the set of all records its issuer has signed. */
  feed: -65569,
  /** Assessment: who is assessed. */
  subject: -65570,
  /** Assessment: how many promises were kept, broken, refused and let expire. */
  counts: -65571,
  /** Promise, assessment: the protocol it is about. */
  protocol: -65572,
} as const

/** Kinds of signed objects, as the protected header `typ` (RFC 9596) names them. */
export const OBJECT_TYPE = {
  capability: 'promisegrid-capability+cwt',
  receipt: 'promisegrid-receipt+cwt',
  policy: 'promisegrid-policy+cwt',
  keyStatement: 'promisegrid-key-statement+cwt',
  promise: 'promisegrid-promise+cwt',
  revocation: 'promisegrid-revocation+cwt',
  heartbeat: 'promisegrid-heartbeat+cwt',
  assessment: 'promisegrid-assessment+cwt',
} as const

export type ObjectKind = keyof typeof OBJECT_TYPE
