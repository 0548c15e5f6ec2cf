// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Nodes;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.Ctl.Commands;

/// <content>Logical units and portals.</content>
internal static partial class TargetCommand
{
    private static void AddLuns(Command group, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        Argument<string> target = TargetArgument();
        var configuration = new Argument<string>("configuration") { Description = "As in file//srv/disk1.img; or the name of a storage object of the targets file." };
        var number = new Option<ushort?>("--lun") { Description = "Its number; default: the lowest that is free." };
        Option<ulong?> size = SizeOption();
        var blockSize = new Option<uint>("--block-size") { Description = "Bytes of a logical block; default 512." };
        Option<ushort?> tag = TagOption();
        var add = new Command("add-lun", "Add a disk. Sessions are told with their next command.") { target, configuration, number, size, blockSize, tag };
        act(add, context => AddLunAsync(context, context.Get(target), context.Get(tag), new NewLun(
            context.Get(configuration), context.Get(size) ?? 0, context.Get(blockSize), context.Get(number) is { } wanted ? wanted : -1)));
        group.Add(add);

        Argument<string> from = TargetArgument();
        var removed = new Argument<ushort>("lun") { Description = "Its number." };
        Option<ushort?> fromTag = TagOption();
        var remove = new Command("remove-lun", "Take a disk away, once its commands have ended. What is stored stays.") { from, removed, fromTag };
        act(remove, context => ChangeAsync(
            context,
            context.Get(from),
            context.Get(fromTag),
            (daemon, found) => daemon.CallAsync(found, "RemoveLun", "q", context.Get(removed)),
            found => $"{found.Facts.Name} has no LUN {context.Get(removed)} any more."));
        group.Add(remove);

        Argument<string> resized = TargetArgument();
        var lun = new Argument<ushort>("lun") { Description = "Its number." };
        var newSize = new Argument<ulong?>("size") { Description = "The new size, as in 20G.", Arity = ArgumentArity.ExactlyOne, CustomParser = CommandLine.ParseSize };
        var shrink = new Option<bool>("--shrink") { Description = "Make it smaller: what lies behind the new end is lost." };
        Option<ushort?> resizedTag = TagOption();
        var resize = new Command("resize", "Change the size of a disk while it is in use.") { resized, lun, newSize, shrink, resizedTag };
        act(resize, context => ResizeAsync(
            context, context.Get(resized), context.Get(resizedTag), context.Get(lun), context.Get(newSize)!.Value, context.Get(shrink)));
        group.Add(resize);

        const string portal = "An address with a port, as in 192.0.2.1:3260 or [2001:db8::1]:3260.";
        AddWithWord(
            group,
            act,
            ("add-portal", "portal", portal, "Listen at one more address."),
            (daemon, found, word) => daemon.CallAsync(found, "AddPortal", "s", word),
            (found, word) => $"{found.Facts.Name} listens at {word}.");
        AddWithWord(
            group,
            act,
            ("remove-portal", "portal", portal, "Listen at an address no longer; connections that came through it are closed."),
            (daemon, found, word) => daemon.CallAsync(found, "RemovePortal", "s", word),
            (found, word) => $"{found.Facts.Name} no longer listens at {word}.");
    }

    private static async Task<ExitStatus> AddLunAsync(CommandContext context, string name, ushort? tag, NewLun lun)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        TargetInfo target = await daemon.FindTargetAsync(name, tag);
        ushort added = await daemon.AddLunAsync(target, lun.Configuration, lun.SizeBytes, lun.BlockSizeBytes, lun.Number);
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonObject { ["target"] = target.Facts.Name, ["tag"] = target.Facts.Tag, ["lun"] = added });
        }
        else
        {
            context.Terminal.Line($"{lun.Configuration} is LUN {added} of {target.Facts.Name}.");
        }

        return ExitStatus.Done;
    }

    private static async Task<ExitStatus> ResizeAsync(CommandContext context, string name, ushort? tag, ushort number, ulong bytes, bool shrink)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        TargetInfo target = await daemon.FindTargetAsync(name, tag);
        LunFacts lun = target.Facts.Luns.FirstOrDefault(lun => lun.Number == number)
            ?? throw new CtlException(ExitStatus.NotFound, $"{target.Facts.Name} has no LUN {number}.", "'tcmuctl target ls' lists them.");
        if (bytes < lun.SizeBytes && !shrink)
        {
            throw new CtlException(
                ExitStatus.Failed,
                $"{ByteSize.Format(bytes)} is less than LUN {number} has ({ByteSize.Format(lun.SizeBytes)}): what lies behind the new end would be lost.",
                "Shrink the file system first, then add --shrink.");
        }

        await daemon.CallAsync(target, "ResizeLun", "qt", number, bytes);
        Report(context, target, $"LUN {number} of {target.Facts.Name} has {ByteSize.Format(bytes)} now. Initiators are told with their next command.");
        return ExitStatus.Done;
    }

    private sealed record NewLun(string Configuration, ulong SizeBytes, uint BlockSizeBytes, int Number);
}
