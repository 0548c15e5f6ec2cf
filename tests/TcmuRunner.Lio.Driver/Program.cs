// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using TcmuRunner.Lio;

// What the system tests ask of TcmuRunner.Lio in front of a real kernel: one word, and what it needs.
var root = new Root();
switch (args)
{
    case ["dump"]:
        Console.WriteLine(root.Dump().ToJsonString());
        break;
    case ["list"]:
        foreach (object item in Everything(root))
        {
            Console.WriteLine($"{item.GetType().Name} {item}");
        }

        break;
    case ["build", string image, string userConfiguration, string block, string scsi]:
        Build(root, image, userConfiguration, block, scsi);
        break;
    case ["save", string file]:
        root.Save(file);
        break;
    case ["restore", string file]:
        return Tell(root.Restore(file));
    case ["plan", string file]:
        Console.WriteLine(root.Plan(Root.ReadSaved(file)));
        break;
    case ["apply", string file]:
        return Tell(root.Plan(Root.ReadSaved(file)).Apply());
    case ["clear"]:
        root.Clear();
        break;
    case ["many", string count, string directory]:
        return Many(root, int.Parse(count, CultureInfo.InvariantCulture), directory);
    case ["errors"]:
        return Errors(root);
    default:
        Console.Error.WriteLine($"unknown: {string.Join(' ', args)}");
        return 2;
}

return 0;

static IEnumerable<object> Everything(Root root) =>
    [.. root.StorageObjects, .. root.Targets, .. root.Tpgs, .. root.Luns, .. root.NetworkPortals, .. root.NodeAcls, .. root.MappedLuns];

static int Tell(IReadOnlyList<string> problems)
{
    foreach (string problem in problems)
    {
        Console.Error.WriteLine(problem);
    }

    return problems.Count == 0 ? 0 : 1;
}

// Every kind of object that a machine without special hardware can have.
static void Build(Root root, string image, string userConfiguration, string block, string scsi)
{
    var file = new FileIoStorageObject(root, "f1", image, 64 << 20, writeBack: true);
    var ram = new RamDiskStorageObject(root, "r1", 1 << 20);
    var disk = new BlockStorageObject(root, "b1", block);
    _ = new PscsiStorageObject(root, "p1", scsi);
    var user = new UserStorageObject(root, "u1", userConfiguration, 16 << 20, control: "max_data_area_mb=64,hw_block_size=512");
    user.Attributes["cmd_time_out"] = "20";
    _ = new AluaTargetPortGroup(file, "second", 2) { AccessState = AluaAccessState.ActiveNonOptimized, IsPreferred = true };

    FabricModule iscsi = root.Fabric("iscsi");
    var tpg = new Tpg(new Target(iscsi), 1);
    tpg.Attributes["authentication"] = "1";
    tpg.Parameters["MaxConnections"] = "2";
    _ = new NetworkPortal(tpg, "127.0.0.1");
    _ = new NetworkPortal(tpg, "::1", 3261);
    var lun = new Lun(tpg, 0, file) { AluaGroup = "second" };
    _ = new Lun(tpg, null, user);
    var acl = new NodeAcl(tpg, "iqn.2004-03.com.example:a") { Tag = "hosts" };
    (acl.Authentication.UserId, acl.Authentication.Password) = ("in", "secret of 12");
    (acl.Authentication.MutualUserId, acl.Authentication.MutualPassword) = ("out", "other secret");
    _ = new MappedLun(acl, 5, lun, isWriteProtected: true);
    tpg.Enabled = true;
    (iscsi.DiscoveryAuthentication.UserId, iscsi.DiscoveryAuthentication.Password) = ("disc", "discovery secret");
    iscsi.DiscoveryAuthenticationEnforced = true;

    _ = new Lun(new Tpg(new Target(root.Fabric("loopback")), 1), 0, ram);
    _ = new Lun(new Tpg(new Target(root.Fabric("vhost")), 1), 0, disk);
}

// So many LUNs, each with a file behind it, made one by one; then saved, deleted and restored.
static int Many(Root root, int count, string directory)
{
    var watch = Stopwatch.StartNew();
    var tpg = new Tpg(new Target(root.Fabric("iscsi")), 1);
    var acl = new NodeAcl(tpg, "iqn.2004-03.com.example:a");
    for (int number = 0; number < count; number++)
    {
        var storage = new FileIoStorageObject(root, $"m{number}", $"{directory}/m{number}.img", 1 << 20);
        var lun = new Lun(tpg, number, storage);
        if (number <= MappedLun.MaximumNumber)
        {
            _ = new MappedLun(acl, number, lun);
        }
    }

    Report("made", watch, count);
    JsonObject dump = root.Dump();
    Report("dumped", watch, root.Luns.Count());
    int changes = root.Plan(dump).Changes.Count;
    Report("compared", watch, changes);
    root.Clear();
    Report("cleared", watch, root.StorageObjects.Count());
    IReadOnlyList<string> problems = root.Restore(dump);
    Report("restored", watch, root.Luns.Count());
    root.Clear();
    return changes == 0 ? Tell(problems) : 1;
}

static void Report(string what, Stopwatch watch, int count)
{
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {count} in {watch.Elapsed.TotalSeconds:F1} s"));
    watch.Restart();
}

// What the kernel refuses, and how it reads.
static int Errors(Root root)
{
    var tpg = new Tpg(new Target(root.Fabric("iscsi"), "iqn.2003-01.org.example:errors"), 1);
    var ram = new RamDiskStorageObject(root, "errors", 1 << 20);
    _ = new NetworkPortal(tpg, "127.0.0.1", 3299);
    var lun = new Lun(tpg, 0, ram);
    int wrong = 0;
    Expect(LioErrorKind.AlreadyExists, () => _ = new NetworkPortal(new Tpg(tpg.Target, 2), "127.0.0.1", 3299));
    Expect(LioErrorKind.AlreadyExists, () => _ = new Lun(tpg, 0, ram));
    Expect(LioErrorKind.AlreadyExists, () => _ = new RamDiskStorageObject(root, "errors", 4096));
    Expect(LioErrorKind.NotAvailable, () => _ = new Target(root.Fabric("xen-pvscsi")));
    Expect(LioErrorKind.Invalid, () => _ = new Target(root.Fabric("ibmvscsis"), "x"));
    Expect(LioErrorKind.Invalid, () => _ = new Target(root.Fabric("qla2xxx")));
    Expect(LioErrorKind.Invalid, () => _ = new BlockStorageObject(root, "b", "/dev/null"));
    Expect(LioErrorKind.Refused, () => ram.Attributes["emulate_tas"] = "7");
    Expect(LioErrorKind.NotFound, () => lun.AluaGroup = "nowhere");
    Expect(LioErrorKind.NotSupported, () => new AluaTargetPortGroup(ram, "default_tg_pt_gp").Delete());
    root.Clear();
    return wrong;

    void Expect(LioErrorKind kind, Action action)
    {
        try
        {
            action();
            Console.WriteLine($"NOT REFUSED: {kind}");
            wrong = 1;
        }
        catch (LioException exception)
        {
            Console.WriteLine($"{exception.Kind}: {exception.Message}");
            wrong = exception.Kind == kind ? wrong : 1;
        }
    }
}
