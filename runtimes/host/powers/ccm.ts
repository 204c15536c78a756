/** AES-CCM by node:crypto, for sealed objects of others; nothing of ours is sealed with it. */
import * as crypto from 'node:crypto'

import type { AeadInput, CcmEngine } from '../../../kernel/index.ts'

export const nodeCcm: CcmEngine = {
  seal: (input, plaintext) => {
    const cipher = crypto.createCipheriv(nameOf(input), input.key, input.nonce, optionsOf(input))
    cipher.setAAD(input.additional, { plaintextLength: plaintext.length })
    const sealed = [cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]
    return Uint8Array.from(Buffer.concat(sealed))
  },
  open: (input, sealed) => {
    const at = sealed.length - input.tagBytes
    const decipher = crypto.createDecipheriv(nameOf(input), input.key, input.nonce, optionsOf(input))
    decipher.setAuthTag(sealed.subarray(at))
    decipher.setAAD(input.additional, { plaintextLength: at })
    try {
      const plaintext = decipher.update(sealed.subarray(0, at))
      decipher.final()
      return Uint8Array.from(plaintext)
    } catch {
      return undefined
    }
  },
}

function nameOf({ key }: AeadInput): 'aes-128-ccm' | 'aes-256-ccm' {
  return key.length === 16 ? 'aes-128-ccm' : 'aes-256-ccm'
}

function optionsOf({ tagBytes }: AeadInput): { authTagLength: number } {
  return { authTagLength: tagBytes }
}
