// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using TcmuRunner.Lio;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl export</c>: gives a device to this machine (loopback), or to initiators on the network (the kernel's iSCSI).</summary>
internal static class ExportCommand
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        Argument<string> device = CommandLine.DeviceArgument();
        var iscsi = new Option<bool>("--iscsi") { Description = "Over the kernel's iSCSI target, and not as a disk of this machine." };
        var portal = new Option<string>("--portal") { Description = "With --iscsi: where to listen.", DefaultValueFactory = _ => "127.0.0.1:3260" };
        var initiators = new Option<string[]>("--initiator") { Description = "With --iscsi: an initiator that may log in; repeat it for more." };
        var wwn = new Option<string?>("--wwn") { Description = "The target's name; default: a new one." };
        var command = new Command("export", "Give a device to this machine, or with --iscsi to others.") { device, iscsi, portal, initiators, wwn };
        act(command, context => context.Get(iscsi)
            ? ExportIscsiAsync(context, context.Get(device), context.Get(wwn), context.Get(portal)!, context.Get(initiators) ?? [])
            : ExportLoopbackAsync(context, context.Get(device), context.Get(wwn)));
        root.Add(command);
    }

    private static async Task<ExitStatus> ExportLoopbackAsync(CommandContext context, string name, string? wwn)
    {
        (Root root, UserStorageObject storage) = await FindAsync(context, name);
        Lun lun = Export(root.Fabric("loopback"), wwn, storage, static _ => { });
        var time = Stopwatch.StartNew();
        string? disk;
        while ((disk = Exports.DiskOf(lun)) is null && time.Elapsed < s_limit)
        {
            // The kernel looks for disks in the background, and tells nobody but udev.
            await Task.Delay(50, context.CancellationToken);
        }

        Report(context, lun, ("disk", disk), disk is null ? $"{lun} is there, but the kernel shows no disk yet: see 'lsblk -S'." : $"{disk} is {storage.Name} ({lun}).");
        return disk is null ? ExitStatus.Failed : ExitStatus.Done;
    }

    private static async Task<ExitStatus> ExportIscsiAsync(CommandContext context, string name, string? wwn, string portal, string[] initiators)
    {
        if (!IPEndPoint.TryParse(portal, out IPEndPoint? endPoint))
        {
            throw new CtlException(ExitStatus.WrongUsage, $"'{portal}' is not an address with a port.", "Write 192.0.2.1:3260 or [2001:db8::1]:3260.");
        }

        if (initiators.Length == 0)
        {
            throw new CtlException(
                ExitStatus.WrongUsage, "Nobody could log in.", "Name each initiator that may, with --initiator IQN; /etc/iscsi/initiatorname.iscsi has it.");
        }

        (Root root, UserStorageObject storage) = await FindAsync(context, name);
        Lun lun = Export(root.Fabric("iscsi"), wwn, storage, tpg => _ = new NetworkPortal(tpg, endPoint.Address.ToString(), endPoint.Port == 0 ? NetworkPortal.DefaultPort : endPoint.Port));
        try
        {
            foreach (string initiator in initiators)
            {
                _ = new MappedLun(new NodeAcl(lun.Tpg, initiator), lun.Number, lun);
            }

            lun.Tpg.Enabled = true;
        }
        catch (LioException)
        {
            lun.Tpg.Target.Delete();
            throw;
        }

        Report(context, lun, ("portal", portal), $"{storage.Name} is {lun}: iscsiadm -m discovery -t st -p {portal}");
        return ExitStatus.Done;
    }

    private static async Task<(Root Root, UserStorageObject Storage)> FindAsync(CommandContext context, string name)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        DeviceInfo device = await daemon.FindDeviceAsync(name);
        Root root = context.OpenRoot();
        return (root, new UserStorageObject(root, device.Name));
    }

    // All or nothing: a target that cannot get its LUN goes again.
    private static Lun Export(FabricModule fabric, string? wwn, UserStorageObject storage, Action<Tpg> prepare)
    {
        fabric.Load();
        var target = new Target(fabric, wwn, ObjectMode.Create);
        try
        {
            var tpg = new Tpg(target, 1);
            prepare(tpg);
            return new Lun(tpg, 0, storage);
        }
        catch (LioException)
        {
            target.Delete();
            throw;
        }
    }

    private static void Report(CommandContext context, Lun lun, (string Name, string? Value) where, string text)
    {
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonObject
            {
                ["fabric"] = lun.Tpg.Target.FabricModule.Name,
                ["target"] = lun.Tpg.Target.Wwn,
                ["tag"] = lun.Tpg.Tag,
                ["lun"] = lun.Number,
                [where.Name] = where.Value,
            });
        }
        else
        {
            context.Terminal.Line(text);
        }
    }
}
