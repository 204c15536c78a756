export const CODE_SHA256 = ''
