/** A number with its label, in a line of other fields. */
export const NumberField = ({
  label,
  min,
  max,
  value,
  change,
}: {
  label: string
  min: number
  max: number
  value: number
  change: (value: number) => void
}) => (
  <label class="field-line">
    {label}{' '}
    <input
      type="number"
      min={min}
      max={max}
      class="few"
      value={value}
      onInput={event => change(Number(event.currentTarget.value))}
    />
  </label>
)
