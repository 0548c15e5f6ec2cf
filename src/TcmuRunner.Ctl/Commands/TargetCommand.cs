// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Nodes;
using TcmuRunner.Ctl.Output;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl target</c>: the daemon's own iSCSI targets, changed while they are in use. The daemon keeps the changes in its targets file.</summary>
internal static partial class TargetCommand
{
    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var group = new Command("target", "Show and change the daemon's own iSCSI targets, which need no kernel module, while they are in use.");
        AddTargets(group, act);
        AddLuns(group, act);
        AddAccess(group, act);
        root.Add(group);
    }

    private static void AddTargets(Command group, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var list = new Command("ls", "Show targets, portals, logical units, initiators and sessions as a tree.");
        act(list, ListAsync);
        group.Add(list);

        var name = new Argument<string>("name") { Description = "The target's name, as in iqn.2026-11.org.example:disks." };
        var portals = new Option<string[]>("--portal") { Description = "Where to listen; repeat it for more. Default: 127.0.0.1:3260.", DefaultValueFactory = _ => ["127.0.0.1:3260"] };
        var luns = new Option<string[]>("--lun") { Description = "The configuration string of a disk; repeat it for more, from LUN 0 on." };
        Option<ulong?> size = SizeOption();
        var initiators = new Option<string[]>("--initiator") { Description = "An initiator that may log in; repeat it for more." };
        var create = new Command("create", "Make a target, with disks and initiators: all of it or nothing.") { name, portals, luns, size, initiators };
        act(create, context => CreateAsync(
            context, context.Get(name), context.Get(portals) ?? [], context.Get(luns) ?? [], context.Get(size), context.Get(initiators) ?? []));
        group.Add(create);

        Argument<string> deleted = TargetArgument();
        var delete = new Command("delete", "Remove a target: its sessions end, what is stored stays.") { deleted };
        act(delete, context => DeleteAsync(context, context.Get(deleted)));
        group.Add(delete);

        foreach ((string verb, bool isEnabled, string description) in new[]
        {
            ("enable", true, "Let initiators log in."), ("disable", false, "End all sessions of a target and let nobody log in; everything else stays."),
        })
        {
            AddSimple(
                group, act, verb, description, (daemon, target) => daemon.CallAsync(target, "SetEnabled", "b", isEnabled), target => $"{target.Facts.Name} is {verb}d.");
        }

        var reload = new Command("reload", "Read the targets file again and apply all of it, or nothing.");
        act(reload, ReloadAsync);
        group.Add(reload);
    }

    private static Argument<string> TargetArgument()
    {
        var argument = new Argument<string>("target") { Description = "The target: its name, or what follows the colon in it." };
        argument.CompletionSources.Add(_ => CommandLine.Complete(async daemon => (await daemon.GetTargetsAsync()).Select(target => target.Facts.Name).Distinct()));
        return argument;
    }

    private static Option<ushort?> TagOption() => new("--tag") { Description = "The portal group, where the target has more than one." };

    private static Option<ulong?> SizeOption() =>
        new("--size") { Description = "The disk's size, as in 20G; default: what the backing store has.", CustomParser = CommandLine.ParseSize };

    // A command that takes a target and nothing else.
    private static void AddSimple(
        Command group,
        Action<Command, Func<CommandContext, Task<ExitStatus>>> act,
        string verb,
        string description,
        Func<DaemonClient, TargetInfo, Task> change,
        Func<TargetInfo, string> say)
    {
        Argument<string> target = TargetArgument();
        Option<ushort?> tag = TagOption();
        var command = new Command(verb, description) { target, tag };
        act(command, context => ChangeAsync(context, context.Get(target), context.Get(tag), change, say));
        group.Add(command);
    }

    // A command that takes a target and one more word.
    private static void AddWithWord(
        Command group,
        Action<Command, Func<CommandContext, Task<ExitStatus>>> act,
        (string Verb, string Word, string WordDescription, string Description) text,
        Func<DaemonClient, TargetInfo, string, Task> change,
        Func<TargetInfo, string, string> say)
    {
        Argument<string> target = TargetArgument();
        var word = new Argument<string>(text.Word) { Description = text.WordDescription };
        Option<ushort?> tag = TagOption();
        var command = new Command(text.Verb, text.Description) { target, word, tag };
        act(command, context => ChangeAsync(
            context, context.Get(target), context.Get(tag), (daemon, found) => change(daemon, found, context.Get(word)), found => say(found, context.Get(word))));
        group.Add(command);
    }

    private static async Task<ExitStatus> ChangeAsync(
        CommandContext context, string name, ushort? tag, Func<DaemonClient, TargetInfo, Task> change, Func<TargetInfo, string> say)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        TargetInfo target = await daemon.FindTargetAsync(name, tag);
        await change(daemon, target);
        Report(context, target, say(target));
        return ExitStatus.Done;
    }

    private static async Task<ExitStatus> DeleteAsync(CommandContext context, string name)
    {
        // All of its portal groups, so that it need not be said which one.
        await using DaemonClient daemon = await context.ConnectAsync();
        TargetInfo target = (await daemon.GetTargetsAsync()).FirstOrDefault(target => target.Facts.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? await daemon.FindTargetAsync(name, null);
        await daemon.DeleteTargetAsync(target.Facts.Name);
        Report(context, target, $"{target.Facts.Name} is removed.");
        return ExitStatus.Done;
    }

    private static void Report(CommandContext context, TargetInfo target, string text)
    {
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonObject { ["target"] = target.Facts.Name, ["tag"] = target.Facts.Tag });
        }
        else
        {
            context.Terminal.Line(text);
        }
    }

    private static async Task<ExitStatus> ListAsync(CommandContext context)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        IReadOnlyList<TargetInfo> targets = await daemon.GetTargetsAsync();
        IReadOnlyList<SessionInfo> sessions = await daemon.GetSessionsAsync();
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonArray([.. targets.Select(target => (JsonNode)TargetTree.ToJson(target.Facts))]));
            return ExitStatus.Done;
        }

        var tree = new TreeText();
        TargetTree.Add(tree, 0, targets, sessions);
        tree.Write(context.Terminal);
        return ExitStatus.Done;
    }

    private static async Task<ExitStatus> CreateAsync(
        CommandContext context, string name, string[] portals, string[] luns, ulong? size, string[] initiators)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        await daemon.CreateTargetAsync(name, 1, portals);
        TargetInfo target = await daemon.FindTargetAsync(name, 1);
        try
        {
            foreach (string lun in luns)
            {
                await daemon.AddLunAsync(target, lun, size ?? 0, 0, -1);
            }

            foreach (string initiator in initiators)
            {
                await daemon.CallAsync(target, "AddInitiator", "s", initiator);
            }
        }
        catch (CtlException)
        {
            await daemon.DeleteTargetAsync(name);
            throw;
        }

        string hint = initiators.Length == 0
            ? $"{target.Facts.Name} is there, and nobody may log in yet: 'tcmuctl target add-initiator' lets an initiator in."
            : $"{target.Facts.Name} is served: iscsiadm -m discovery -t st -p {portals[0]}";
        Report(context, target, hint);
        return ExitStatus.Done;
    }

    private static async Task<ExitStatus> ReloadAsync(CommandContext context)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        await daemon.ReloadTargetsAsync();
        return ExitStatus.Done;
    }
}
