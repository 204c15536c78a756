/** An explanation for programs. Of a token it has what the token says and its id, never its bytes. */
import { describeCaveats, describeResource } from '../../../kernel/index.ts'
import { capabilityFacts } from './capability.ts'
import { resourceFacts } from './claims.ts'
import type { ChainExplanation, ExplainedChain } from '../../../kernel/index.ts'

export function treeFacts({ rules, links }: ExplainedChain): object {
  return {
    rules,
    links: links.map(({ capability, ...link }) => ({
      ...link,
      ...(capability === undefined ? {} : { capability: capabilityFacts(capability) }),
    })),
  }
}

/** What a chain of tokens grants, to whom and through whom. */
export function chainFacts({ grant, holder, through }: ChainExplanation): object {
  return {
    ...(grant === undefined ? {} : { grants: grantFacts(grant) }),
    ...(holder === undefined ? {} : { to: holder }),
    ...(through === undefined ? {} : { through }),
  }
}

/** A chain that a message lends. */
export function tableFacts(lent: ChainExplanation): object {
  const { refusal } = lent
  return { ...chainFacts(lent), ...treeFacts(lent.tree), ...(refusal === undefined ? {} : { refusal }) }
}

function grantFacts({
  resource,
  methods,
  caveats,
  notBefore,
  expires,
  audience,
}: NonNullable<ChainExplanation['grant']>): object {
  return {
    about: describeResource(resource),
    resource: resourceFacts(resource),
    methods,
    restrictions: describeCaveats(caveats),
    ...(notBefore === undefined ? {} : { notBefore }),
    expires,
    ...(audience === undefined ? {} : { audience }),
  }
}
