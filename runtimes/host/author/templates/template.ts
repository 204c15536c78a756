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

const IGNORED = 'node_modules/\n*.wasm\n'

/** What all languages have: the description, the vectors, and what is not kept. */
export function commonFiles(
  name: string,
  language: string,
  entry = 'reactor',
): Readonly<Record<string, string>> {
  const description = { name, language, entry, methods: [METHOD], pure: true }
  return {
    'handler.json': json(description),
    'vectors.json': json(VECTORS),
    '.gitignore': IGNORED,
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
  return json(fields)
}

const PROGRAM_VECTORS = [
  {
    note: 'each line is numbered',
    args: ['/in', '/out'],
    in: { 'sea.txt': 'The sea\nIt comes and goes.\n', 'empty.txt': '' },
    stdout: 'files: 2\n',
    out: { 'sea.txt': '1 The sea\n2 It comes and goes.\n', 'empty.txt': '' },
  },
  { note: 'a folder that is not there', args: ['/nowhere', '/out'], exit: 1, stdout: '', out: {} },
  { note: 'no folders', exit: 2, stderr: 'usage: FROM TO\n' },
]

/** The same for a program, which has no methods of its own. */
export function programFiles(name: string, language: string): Readonly<Record<string, string>> {
  const description = { name, language, entry: 'program', methods: ['run'], pure: true }
  return {
    'handler.json': json(description),
    'vectors.json': json(PROGRAM_VECTORS),
    '.gitignore': IGNORED,
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
