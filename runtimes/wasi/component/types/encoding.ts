/** How a component writes its strings. */
export type Encoding = 'utf8' | 'utf16' | 'latin1+utf16'
