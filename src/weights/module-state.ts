/**
 * The weights of a whole module, as torch.save(model) writes it: an object whose attributes list its own parameters and
 * buffers, and the modules within it. They are named as the module's state_dict() names them; the module's class is
 * not asked for anything.
 */
import { unsupported } from './damage.ts'
import { type Inert, isInert, isTensor, type PythonValue } from './python-values.ts'

/** Modules within modules; a module that holds itself would never end. */
const deepest = 64
/** Names of one checkpoint; modules that share others can be nested to name far more. */
const most = 200_000

/** Undefined where the object is not a module. */
export function moduleState(module: Inert, where: string): Map<PythonValue, PythonValue> | undefined {
  if (!isModule(module)) return undefined
  const named = new Map<PythonValue, PythonValue>()
  let visited = 0
  const visit = (inner: Inert, prefix: string, depth: number): void => {
    if (++visited > most || named.size > most || depth > deepest)
      throw unsupported(where, 'refuses a module that is nested too deep or names too many tensors')
    const temporary = attribute(inner, '_non_persistent_buffers_set')
    for (const table of ['_parameters', '_buffers']) {
      for (const [name, tensor] of entriesOf(attribute(inner, table))) {
        const isKept = !(temporary instanceof Set && temporary.has(name))
        if (isTensor(tensor) && isKept) named.set(`${prefix}${name}`, tensor)
      }
    }
    for (const [name, child] of entriesOf(attribute(inner, '_modules')))
      if (isInert(child) && isModule(child)) visit(child, `${prefix}${name}.`, depth + 1)
  }
  visit(module, '', 0)
  return named
}

const isModule = (object: Inert): boolean => attribute(object, '_modules') instanceof Map

const attribute = ({ state }: Inert, name: string): PythonValue | undefined =>
  state instanceof Map ? state.get(name) : undefined

const entriesOf = (table: PythonValue | undefined): [string, PythonValue][] =>
  table instanceof Map
    ? [...table].flatMap(([name, value]): [string, PythonValue][] =>
        typeof name === 'string' ? [[name, value]] : [],
      )
    : []
