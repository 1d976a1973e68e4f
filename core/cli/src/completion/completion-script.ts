const bash = `# tenpanel completion for bash: source <(tenpanel completion bash)
_tenpanel() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(tenpanel __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _tenpanel tenpanel`;

const zsh = `#compdef tenpanel
# tenpanel completion for zsh: tenpanel completion zsh > "\${fpath[1]}/_tenpanel"
_tenpanel() {
  local -a found
  found=("\${(@f)$(tenpanel __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  [[ -n "$found" ]] && compadd -a found || _files
}
compdef _tenpanel tenpanel`;

const fish = `# tenpanel completion for fish: tenpanel completion fish > ~/.config/fish/completions/tenpanel.fish
function __tenpanel_complete
  set -l words (commandline -opc) (commandline -ct)
  tenpanel __complete -- $words[2..-1] 2>/dev/null
end
complete -c tenpanel -f -a '(__tenpanel_complete)'`;

/** Each script asks \`tenpanel __complete\` for the words, so that it never grows old. */
export function completionScript(shell: 'bash' | 'zsh' | 'fish'): string {
  return { bash, zsh, fish }[shell];
}
