/**
 * Takes a message as its arguments and says what it is, or hands it on: somebody else's words, in the bytes they
 * were signed in (spec/protocols.md, "Witness"). Nothing that the message asks for is done.
 */
import { encodeDagCbor } from '../../promisebase/index.ts'
import { HandlerError } from '../../kernel/index.ts'
import type { CborInput } from '../../promisebase/index.ts'
import type { NativeCall, NativeHandler, NestedMessage } from '../../kernel/index.ts'

export const witness: NativeHandler = {
  name: 'witness',
  version: 1,
  methods: ['pass', 'read'],
  pure: true,
  public: false,
  limits: { memoryBytes: 1024 * 1024 },
  run,
}

async function run({ method, input, readMessage }: NativeCall): Promise<Uint8Array> {
  const messages = await readMessage(input)
  if (messages.refused !== undefined)
    throw new HandlerError(`${messages.refused.code}: ${messages.refused.detail}`)
  return method === 'pass' ? input : encodeDagCbor(messages.ok.map(described))
}

function described({ form, id, protocol, claims }: NestedMessage): CborInput {
  const { issuer, audience, method, issuedAt, expires, inReplyTo } = claims
  return {
    ...{ form, id, protocol, issuer, audience, method, issuedAt, expires },
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
  }
}
