/**
 * A form as it is filled in. It lives in the address: `in.data=...` for inputs, repeated where there are several, and
 * `o.epochs=...` for options. What is not there takes its default.
 */
import type { FormField, FormValue } from '../../../src/options/form.ts'
import { isMet } from '../../../src/options/met.ts'
import type { Asked, CommandForm, FormInput, SweepSpecInput } from '../../../src/server/api.ts'

export type Words = Readonly<Record<string, string>>

export interface Filled {
  inputs: Readonly<Record<string, readonly string[]>>
  options: Words
}

export function readFilled(ask: URLSearchParams, form: CommandForm): Filled {
  const inputs: Record<string, string[]> = {}
  for (const { name } of form.inputs) {
    const values = ask.getAll(`in.${name}`).filter(Boolean)
    if (values.length) inputs[name] = values
  }
  // `model=RUN` says it for whatever form is opened: the input that takes a network or a run.
  const model = ask.get('model')
  if (model) {
    const taker = form.inputs.find(({ kind }) => kind === 'model' || kind === 'models' || kind === 'runs')
    const vectors = form.inputs.find(({ kind }) => kind === 'vectors')
    const target = taker ?? vectors
    if (target && !inputs[target.name]) inputs[target.name] = [model]
  }
  const options: Record<string, string> = {}
  for (const { key } of fieldsOf(form)) {
    const value = ask.get(`o.${key}`)
    if (value !== null) options[key] = value
  }
  return { inputs, options }
}

export const fieldsOf = ({ options, modelOptions, commonOptions }: CommandForm): FormField[] => [
  ...options,
  ...modelOptions,
  ...commonOptions,
]

const takesSeveral = ({ atMost }: FormInput): boolean => atMost === undefined || atMost > 1

export function askedOf(form: CommandForm, { inputs, options }: Filled): Asked {
  const given: Asked['inputs'] = {}
  for (const input of form.inputs) {
    const values = inputs[input.name]
    if (!values?.length) continue
    if (input.kind === 'sweep') given[input.name] = readSweep(values[0])
    else given[input.name] = takesSeveral(input) ? [...values] : values[0]
  }
  const chosen: Record<string, unknown> = {}
  for (const field of fieldsOf(form)) {
    const text = options[field.key]
    if (text === undefined || text === '') continue
    chosen[field.key] = meaningOf(field, text)
  }
  return { command: form.name, inputs: given, options: chosen }
}

/** A path to a sweep's file, or the sweep itself. */
function readSweep(text: string): string | SweepSpecInput {
  if (!text.trimStart().startsWith('{')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** What a control's text means; what is no number stays a text, and the check says so. */
export function meaningOf(field: FormValue, text: string): unknown {
  if (field.type === 'list') return listOf(text).map(item => meaningOf(field.items ?? { type: 'text' }, item))
  if (field.type === 'switch') return text === 'true'
  if (field.type === 'number') {
    if (field.choices?.includes(text)) return text
    const number = Number(text)
    return text.trim() !== '' && Number.isFinite(number) ? number : text
  }
  return text
}

export const listOf = (text: string): string[] =>
  text
    .split(',')
    .map(item => item.trim())
    .filter(Boolean)

/** What is wrong with a text, before the server is asked; undefined where nothing is. */
export function faultOf(field: FormValue, text: string): string | undefined {
  if (text === '') return undefined
  if (field.type === 'list') {
    const items = listOf(text)
    if (field.least !== undefined && items.length < field.least) return `at least ${field.least}`
    if (field.most !== undefined && items.length > field.most) return `at most ${field.most}`
    for (const item of items) {
      const fault = field.items && faultOf(field.items, item)
      if (fault) return `${item}: ${fault}`
    }
    return undefined
  }
  if (field.type === 'choice' && field.choices && !field.choices.includes(text))
    return `one of ${field.choices.join(', ')}`
  if (field.type !== 'number' || field.choices?.includes(text)) return undefined
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number)) return 'a number'
  if (field.integer && !Number.isInteger(number)) return 'a whole number'
  const { minimum, maximum, exclusive = [] } = field
  if (minimum !== undefined && (exclusive.includes('minimum') ? number <= minimum : number < minimum))
    return exclusive.includes('minimum') ? `above ${minimum}` : `${minimum} or more`
  if (maximum !== undefined && (exclusive.includes('maximum') ? number >= maximum : number > maximum))
    return exclusive.includes('maximum') ? `below ${maximum}` : `${maximum} or less`
  return undefined
}

/** What a field may be, in a few words. */
export function boundsOf(field: FormValue): string {
  if (field.type !== 'number') return ''
  const { minimum, maximum, exclusive = [] } = field
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`
  if (minimum !== undefined) return exclusive.includes('minimum') ? `above ${minimum}` : `${minimum} or more`
  return maximum === undefined ? '' : `up to ${maximum}`
}

export function defaultWords(field: FormField): string {
  const value = field.default
  if (value === undefined || value === '') return ''
  return Array.isArray(value) ? value.join(', ') : String(value)
}

/** Whether an option would have an effect beside the others. */
export function isUseful(field: FormField, form: CommandForm, { inputs, options }: Filled): boolean {
  const fieldOf = (option: string) => fieldsOf(form).find(({ key }) => key === option)
  const around = {
    has: (option: string) => fieldOf(option) !== undefined,
    valueOf(option: string) {
      const found = fieldOf(option)
      const text = options[option]
      return !found || text === undefined || text === '' ? found?.default : meaningOf(found, text)
    },
    // Whether images come from a data set is known once they are opened.
    stateOf: (input: string) => ({ count: inputs[input]?.length ?? 0, sampled: true, shelf: true }),
  }
  return (field.needs ?? []).every(need => isMet(need, around))
}
