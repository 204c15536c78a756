export { createBatchVerifier } from './batch/batch-verifier.ts'
export { exportPath } from './files/export-path.ts'
export { importPath } from './files/import-path.ts'
export { dotGraph } from './graph/dot.ts'
export { svgGraph } from './graph/svg.ts'
export { createHost } from './create-host.ts'
export { handoutOfGrid } from './grids/handout.ts'
export { openGrids } from './grids/grids.ts'
export { HOST_ERRORS, HostError } from './host-error.ts'
export { confinement } from './isolation/confinement.ts'
export { createIsolatedRuntime } from './isolation/isolated-runtime.ts'
export { nodeAgreement } from './powers/agreement.ts'
export { nodeCcm } from './powers/ccm.ts'
export { nodeCipher } from './powers/cipher.ts'
export { createRsaSecret, nodeCrypto } from './powers/crypto.ts'
export { nodeHasher } from './powers/hasher.ts'
export { nodePowers } from './powers/clock.ts'
export type { BatchVerifier, BatchVerifierOptions } from './batch/batch-verifier.ts'
export type { SignatureItem } from './batch/packed.ts'
export type { HostBranchesOptions } from './branches.ts'
export type { CallRequest, Future } from './call/call.ts'
export type { CallResult, Exchange } from './call/result.ts'
export type { CapabilityGraphOptions } from './capability/graph.ts'
export type { Host, HostOptions } from './interface.ts'
export type { ExportedPath, ExportOptions, ExportProgress } from './files/export-path.ts'
export type { ImportedPath, ImportOptions, ImportProgress } from './files/import-path.ts'
export type { GridHandout, PolicyHandout } from './grids/handout.ts'
export type { Grids, GridsOptions, JoinTerms, ServedGrid } from './grids/grids.ts'
export type { DeployOptions } from './deploy.ts'
export type { TypedHandler, TypedMethods, TypedRequest, TypedResult } from './types/typed-handler.ts'
export type { Confinement } from './isolation/confinement.ts'
export type { IsolationOptions, Tier } from './isolation/isolated-runtime.ts'
export type { HostErrorCode } from './host-error.ts'
export type { CaveatTerms, Where } from './capability/narrow-caveats.ts'
export type { PromiseTerms } from './capability/promise.ts'
export type { IdentityAlgorithm, NewIdentity } from './keys/secrets.ts'
export type { RevokeTerms } from './capability/revoke.ts'
export type { KeyNews } from './keys/statements.ts'
export type { Identity, Keys } from './keys/keys.ts'
export type { CID } from 'multiformats/cid'
export type {
  Budget,
  CallInput,
  CallOptions,
  CallOutcome,
  Capability,
  CapabilityGraph,
  Deferred,
  Descriptor,
  ForeignMessage,
  ForeignOptions,
  GrantHandle,
  HandlerPromises,
  HandlerRevocations,
  Kernel,
  KeptRevocation,
  MessageForm,
  NativeCall,
  NativeHandler,
  PendingCall,
  Principal,
  RefusalCode,
  Resource,
  Result,
  Runtime,
  SignableView,
  SignedPromise,
  Signer,
  SigningKey,
  TraceEvent,
  Views,
  WaitOptions,
} from '../../kernel/index.ts'
export type { Branches, Store } from '../../promisebase/index.ts'
