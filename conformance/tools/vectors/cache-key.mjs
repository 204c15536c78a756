// The name of a pure invocation.
import { cbor, chapter, cidOf, dag, dagCid, rawCid, unhex, utf8 } from './kit.mjs'
import { echo } from './world.mjs'

export function cacheKeyChapter() {
  const { accept, ...made } = chapter('cache-key', 'spec/result-cache.md#cache-key')
  const base = {
    ...{ protocol: echo.protocol, method: 'echo', arguments: rawCid(utf8('hello')) },
    ...{ context: dagCid(unhex('a0')), profile: dagCid(dag({ runtime: 'native', version: 1 })) },
  }
  const takes = (comment, changes = {}) => {
    const { protocol, method, arguments: input, context, profile } = { ...base, ...changes }
    const cid = dagCid(cbor(['result/1', protocol, method, input, context, profile])).toString()
    const texts = { protocol, arguments: input, context, profile }
    const question = Object.fromEntries(Object.entries(texts).map(([name, each]) => [name, each.toString()]))
    accept('cache-key', comment, { ...question, method }, { cid })
  }
  takes('inline arguments count as a raw block')
  takes('no arguments are empty arguments', { arguments: rawCid(utf8('')) })
  takes('another method', { method: 'shout' })
  takes('another protocol: the code instead of its descriptor', { protocol: echo.codeCid })
  takes('the same bytes as a dag-cbor block', { arguments: cidOf(0x71, utf8('hello')) })
  takes('another context', { context: dagCid(dag({ language: 'en' })) })
  takes('another profile', { profile: dagCid(dag({ runtime: 'native', version: 2 })) })
  takes('a method beyond ASCII', { method: 'zählen' })
  return made
}
