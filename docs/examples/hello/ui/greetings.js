import { useHost } from '@tenpanel/ui-sdk';
import { h, onMounted, reactive } from 'vue';

/** A list and a form, in the panel's own classes: `card`, `table`, `field`, `error`, `hint`. */
export default {
  setup() {
    const host = useHost();
    const state = reactive({ items: null, accounts: [], account: '', text: '', error: '' });

    async function load() {
      state.items = (await host.get('/greetings?limit=50')).items;
      state.accounts = (await host.get('/accounts?limit=200')).items;
      state.account ||= String(state.accounts[0]?.id ?? '');
    }
    async function save(event) {
      event.preventDefault();
      state.error = '';
      try {
        await host.send('POST', '/greetings', { accountId: Number(state.account), text: state.text });
        state.text = '';
        await load();
      } catch (error) {
        // The panel says which field is wrong, in the person's language.
        state.error = error.message;
      }
    }
    onMounted(load);

    const row = ({ id, text, sentAt }) =>
      h('tr', { key: id }, [
        h('th', { scope: 'row' }, text),
        h('td', sentAt ? new Date(sentAt).toLocaleString() : host.t('notSent')),
      ]);
    const table = () =>
      h('div', { class: 'card table' }, [
        h('table', [
          h(
            'thead',
            h(
              'tr',
              ['text', 'when'].map((key) => h('th', { scope: 'col' }, host.t(key))),
            ),
          ),
          h('tbody', state.items.map(row)),
        ]),
      ]);
    const field = (id, label, input) => h('div', { class: 'field' }, [h('label', { for: id }, label), input]);
    const account = () =>
      h(
        'select',
        {
          id: 'hello-account',
          value: state.account,
          onChange: ({ target }) => (state.account = target.value),
        },
        state.accounts.map(({ id, name }) => h('option', { value: String(id) }, name)),
      );
    const text = () =>
      h('input', {
        id: 'hello-text',
        value: state.text,
        required: true,
        onInput: ({ target }) => (state.text = target.value),
      });
    const form = () =>
      h('form', { class: 'card', onSubmit: save }, [
        h('h2', host.t('write')),
        field('hello-account', host.t('account'), account()),
        field('hello-text', host.t('text'), text()),
        state.error ? h('p', { class: 'error', role: 'alert' }, state.error) : null,
        h('button', { type: 'submit' }, host.t('save')),
      ]);
    return () => [
      state.items === null ? null : state.items.length === 0 ? h('p', host.t('none')) : table(),
      host.may('hello.greeting.write') && state.accounts.length > 0 ? form() : null,
    ];
  },
};
