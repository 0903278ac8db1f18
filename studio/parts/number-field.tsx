/** A number with its label, in a line of other fields. */
export const NumberField = ({
  label,
  min,
  max,
  step,
  value,
  change,
}: {
  label: string
  min: number
  max: number
  step?: number
  value: number
  change: (value: number) => void
}) => (
  <label class="field-line">
    {label}{' '}
    <input
      type="number"
      min={min}
      max={max}
      step={step}
      class="few"
      value={value}
      onInput={event => change(Number(event.currentTarget.value))}
    />
  </label>
)
