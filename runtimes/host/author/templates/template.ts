/** What a new handler begins with: files by their path, for the name of the handler. */
export interface Template {
  readonly files: (name: string) => Readonly<Record<string, string>>
}

/** The method every template offers, and what it is tried with. */
const METHOD = 'greet'

const VECTORS = [
  { note: 'the usual', method: METHOD, input: 'alice', output: 'hello, alice' },
  {
    note: 'any bytes are a name',
    method: METHOD,
    input: { hex: '00ff' },
    output: { hex: '68656c6c6f2c2000ff' },
  },
  { note: 'nobody is not greeted', method: METHOD, input: '', error: 'whom?' },
]

/** What all languages have: the description, the vectors, and what is not kept. */
export function commonFiles(
  name: string,
  language: string,
  entry = 'reactor',
): Readonly<Record<string, string>> {
  const description = { name, language, entry, methods: [METHOD], pure: true }
  return {
    'handler.json': `${JSON.stringify(description, null, 2)}\n`,
    'vectors.json': `${JSON.stringify(VECTORS, null, 2)}\n`,
    '.gitignore': 'node_modules/\n*.wasm\n',
  }
}

/** A manifest for a compiler that npm installs. */
export function manifest(name: string, compiler: string, version: string): string {
  const fields = {
    name: `${name}-handler`,
    private: true,
    type: 'module',
    scripts: { build: 'grid handler build', test: 'grid handler test' },
    devDependencies: { [compiler]: version },
  }
  return `${JSON.stringify(fields, null, 2)}\n`
}
