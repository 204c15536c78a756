/** What a reader of COSE bears, looked at before any cryptography. */
export const COSE_LIMITS = {
  /** Bytes of one object, its payload included when it is embedded. */
  objectBytes: 64 * 1024,
  /** Bytes of a payload or ciphertext that came apart from its object. */
  detachedBytes: 16 * 1024 * 1024,
  /** Bytes of content that was encrypted to a principal: arguments at their largest, and room for recipients. */
  sealedBytes: 16 * 1024 * 1024 + 64 * 1024,
  /** Signatures of a COSE_Sign, and keys it is held against: every pair may cost a verification. */
  signers: 8,
  /** Recipients, on all levels together. */
  recipients: 16,
  /** Recipients of recipients: a wrapped key, and what wraps the wrapping key. */
  recipientDepth: 2,
  /** Bytes of a wrapped key: only those of HMAC are longer than 40, and unwrapping takes six passes over it. */
  wrappedKeyBytes: 1_024,
  /** Keys of a COSE_KeySet. */
  keys: 64,
} as const
