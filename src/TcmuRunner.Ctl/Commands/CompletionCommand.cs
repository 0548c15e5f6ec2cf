// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl completion</c>: scripts for shells, which ask this program for what can come next.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> s_scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            # bash completion for tcmuctl. In ~/.bashrc: source <(tcmuctl completion bash)
            _tcmuctl() {
              local IFS=$'\n'
              COMPREPLY=($(tcmuctl "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
            }
            complete -F _tcmuctl tcmuctl
            """,
        ["zsh"] = """
            #compdef tcmuctl
            # zsh completion for tcmuctl. In ~/.zshrc, after compinit: source <(tcmuctl completion zsh)
            _tcmuctl() {
              local -a words_next
              words_next=("${(@f)$(tcmuctl "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
              compadd -- $words_next
            }
            compdef _tcmuctl tcmuctl
            """,
        ["fish"] = """
            # fish completion for tcmuctl. Once: tcmuctl completion fish > ~/.config/fish/completions/tcmuctl.fish
            complete -f -c tcmuctl -a '(tcmuctl "[suggest:"(commandline -C)"]" (commandline -p) 2>/dev/null)'
            """,
    };

    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong([.. s_scripts.Keys]);
        var command = new Command("completion", "Write the completion script of a shell.") { shell };
        act(command, context =>
        {
            context.Terminal.Line(s_scripts[context.Get(shell)]);
            return Task.FromResult(ExitStatus.Done);
        });
        root.Add(command);
    }
}
