import { useI18n } from 'vue-i18n';

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** How a limit reads: `1 GiB`, `100 %`, `10`, `unlimited`. Sizes in powers of 1024, as they are typed. */
export function useLimitText(): (value: number | null, unit: string) => string {
  const { t, locale } = useI18n();
  return (value, unit) => {
    if (value === null) return t('limit.unlimited');
    const number = (amount: number): string =>
      new Intl.NumberFormat(locale.value, { maximumFractionDigits: 1 }).format(amount);
    if (unit === 'percent') return `${number(value)} %`;
    if (unit !== 'bytes' && unit !== 'bytesPerSecond') return number(value);
    const power = value === 0 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log2(value) / 10));
    return `${number(value / 1024 ** power)} ${SIZES[power]}${unit === 'bytesPerSecond' ? '/s' : ''}`;
  };
}
