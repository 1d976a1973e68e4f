import { useHost } from '@tenpanel/ui-sdk';
import { h, onMounted, ref } from 'vue';

export default {
  setup() {
    const host = useHost();
    const items = ref([]);
    onMounted(async () => (items.value = (await host.get('/greetings?limit=200')).items));
    return () => h('p', { class: 'hello-latest' }, items.value.at(-1)?.text ?? host.t('none'));
  },
};
