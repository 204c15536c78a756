export { createBatchVerifier } from './batch/batch-verifier.ts'
export { dotGraph } from './graph/dot.ts'
export { svgGraph } from './graph/svg.ts'
export { createHost } from './create-host.ts'
export { HOST_ERRORS, HostError } from './host-error.ts'
export { nodeAgreement } from './node-agreement.ts'
export { nodeCcm } from './node-ccm.ts'
export { nodeCipher } from './node-cipher.ts'
export { createRsaSecret, nodeCrypto } from './node-crypto.ts'
export { nodeHasher } from './node-hasher.ts'
export { nodePowers } from './node-powers.ts'
export type { BatchVerifier, BatchVerifierOptions } from './batch/batch-verifier.ts'
export type { SignatureItem } from './batch/packed.ts'
export type { CallRequest, CallResult, Exchange } from './call.ts'
export type { CapabilityGraphOptions } from './capability-graph.ts'
export type { Host, HostOptions } from './create-host.ts'
export type { DeployOptions } from './deploy.ts'
export type { HostErrorCode } from './host-error.ts'
export type { PromiseTerms } from './promise.ts'
export type { IdentityAlgorithm } from './key-secrets.ts'
export type { KeyNews } from './key-statements.ts'
export type { Identity, Keys } from './keys.ts'
export type { CID } from 'multiformats/cid'
export type {
  Budget,
  Capability,
  CapabilityGraph,
  Descriptor,
  ForeignMessage,
  ForeignOptions,
  Kernel,
  MessageForm,
  NativeCall,
  NativeHandler,
  Principal,
  RefusalCode,
  Resource,
  Result,
  Runtime,
  SignableView,
  Signer,
  SigningKey,
  TraceEvent,
  Views,
} from '../../kernel/index.ts'
export type { Store } from '../../promisebase/index.ts'
