/** A lens as a form: a picker for each input and a control for each option, as plain JSON. */
import { type FormField, formFields } from '../options/form.ts'
import { type InputKind, optionsOfInputs } from './inputs.ts'
import type { LensDefinition } from './lens.ts'

export interface LensForm {
  name: string
  title: string
  description: string
  inputs: {
    name: string
    kind: InputKind
    description: string
    atLeast: number
    /** absent where there is no limit */
    atMost?: number
  }[]
  /** options of the lens, then those of its kinds of input */
  options: FormField[]
}

export const formOf = ({ name, title, description, inputs, options }: LensDefinition): LensForm => ({
  name,
  title,
  description,
  inputs: Object.entries(inputs).map(([name, { kind, description, atLeast, atMost }]) => ({
    name,
    kind,
    description,
    atLeast,
    ...(Number.isFinite(atMost) && { atMost }),
  })),
  options: [...formFields(options), ...formFields(optionsOfInputs(inputs))],
})
