/** Languages a handler can be written in, by the names people type. */
export const LANGUAGE_NAMES = ['c', 'rust', 'wat', 'assemblyscript', 'js'] as const

export type LanguageName = (typeof LANGUAGE_NAMES)[number]

export function isLanguage(name: unknown): name is LanguageName {
  return LANGUAGE_NAMES.some((each) => each === name)
}
