/** Why cases of ML-KEM are out of scope. */

export const EXPANDED_KEM_SECRET = 'a decapsulation key in its expanded form: secrets here are seeds'
