// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.Ctl.Commands;

/// <content>Who may log in. Secrets are never words of a command line, which everybody on the machine can read.</content>
internal static partial class TargetCommand
{
    private static void AddAccess(Command group, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        const string initiator = "The initiator's name; /etc/iscsi/initiatorname.iscsi of its machine has it.";
        AddWithWord(
            group,
            act,
            ("add-initiator", "initiator", initiator, "Let an initiator log in, with all disks."),
            (daemon, found, word) => daemon.CallAsync(found, "AddInitiator", "s", word),
            (found, word) => $"{word} may log in to {found.Facts.Name}.");
        AddWithWord(
            group,
            act,
            ("remove-initiator", "initiator", initiator, "No longer let an initiator log in; its sessions end."),
            (daemon, found, word) => daemon.CallAsync(found, "RemoveInitiator", "s", word),
            (found, word) => $"{word} may not log in to {found.Facts.Name} any more.");
        AddWithWord(
            group,
            act,
            ("anybody", "access", "full, read-only or none.", "Let initiators log in that are not listed, or not."),
            (daemon, found, word) => daemon.CallAsync(found, "SetAnyInitiator", "bb", AccessOf(word) != "none", AccessOf(word) != "full"),
            (found, word) => $"Initiators that are not listed have {(word == "none" ? "no" : word)} access to {found.Facts.Name}.");
        AddChap(group, act);
    }

    private static string AccessOf(string word) => word is "full" or "read-only" or "none"
        ? word
        : throw new CtlException(ExitStatus.WrongUsage, $"'{word}' is no access.", "Say full, read-only or none.");

    private static void AddChap(Command group, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        Argument<string> target = TargetArgument();
        var initiator = new Option<string>("--initiator") { Description = "Only this one, which is listed.", DefaultValueFactory = _ => "" };
        Option<ushort?> tag = TagOption();
        ChapOptions options = ChapOptions.Create();
        var chap = new Command("chap", "Set user and secret that initiators prove to know. Sessions go on; the next login needs the new ones.") { target, initiator, tag };
        options.AddTo(chap);
        act(chap, async context =>
        {
            ChapSecrets secrets = options.Read(context);
            return await ChangeAsync(
                context,
                context.Get(target),
                context.Get(tag),
                (daemon, found) => daemon.SetChapAsync(found, context.Get(initiator)!, secrets),
                found => secrets.User.Length > 0 ? $"The next login to {found.Facts.Name} needs the new secret." : $"The secrets of {found.Facts.Name} are removed.");
        });
        group.Add(chap);

        ChapOptions discovery = ChapOptions.Create();
        var discoveryChap = new Command("discovery-chap", "Set user and secret that initiators prove to know before they see any target.");
        discovery.AddTo(discoveryChap);
        act(discoveryChap, async context =>
        {
            ChapSecrets secrets = discovery.Read(context);
            await using DaemonClient daemon = await context.ConnectAsync();
            await daemon.SetDiscoveryChapAsync(secrets);
            if (context.Terminal.IsJson)
            {
                context.Terminal.Json(new JsonObject { ["authentication"] = secrets.User.Length > 0 });
            }
            else
            {
                context.Terminal.Line(secrets.User.Length > 0 ? "Discovery needs the new secret." : "Discovery needs no secret any more.");
            }

            return ExitStatus.Done;
        });
        group.Add(discoveryChap);
    }

    /// <summary>How a command takes users and secrets.</summary>
    private sealed record ChapOptions(Option<string?> User, Option<string?> MutualUser, Option<bool> None, Option<FileInfo?> Secrets)
    {
        internal static ChapOptions Create() => new(
            new Option<string?>("--user") { Description = "What the initiator calls itself." },
            new Option<string?>("--mutual-user") { Description = "What the target calls itself, when it has to prove itself too." },
            new Option<bool>("--none") { Description = "Nothing has to be proved any more." },
            new Option<FileInfo?>("--secrets") { Description = "A file with the secret, and the mutual one on a second line; default: standard input." });

        internal void AddTo(Command command)
        {
            command.Add(User);
            command.Add(MutualUser);
            command.Add(None);
            command.Add(Secrets);
        }

        internal ChapSecrets Read(CommandContext context)
        {
            string? user = context.Get(User), mutualUser = context.Get(MutualUser);
            if (context.Get(None) == (user is not null) || (user is null && mutualUser is not null))
            {
                throw new CtlException(ExitStatus.WrongUsage, "Either --user or --none is needed.", "The secret is read from standard input, or from the file of --secrets.");
            }

            if (user is null)
            {
                return new ChapSecrets("", "", "", "");
            }

            try
            {
                using TextReader reader = context.Get(Secrets) is { } file ? file.OpenText() : Console.In;
                string secret = Line(reader, "secret");
                return new ChapSecrets(user, secret, mutualUser ?? "", mutualUser is null ? "" : Line(reader, "mutual secret"));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new CtlException(ExitStatus.Failed, exception.Message);
            }
        }

        private static string Line(TextReader reader, string what)
        {
            string line = ReferenceEquals(reader, Console.In) && !Console.IsInputRedirected ? Ask(what) : reader.ReadLine() ?? "";
            return line.Length > 0 ? line : throw new CtlException(ExitStatus.WrongUsage, $"The {what} is empty or missing.");
        }

        // At a terminal nobody looks over the shoulder.
        private static string Ask(string what)
        {
            Console.Error.Write($"{what}: ");
            var typed = new StringBuilder();
            for (ConsoleKeyInfo key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
            {
                if (key.Key != ConsoleKey.Backspace)
                {
                    typed.Append(key.KeyChar);
                }
                else if (typed.Length > 0)
                {
                    typed.Length--;
                }
            }

            Console.Error.WriteLine();
            return typed.ToString();
        }
    }
}
