// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>Finds the ports of a fabric whose targets are the machine's own adapters.</summary>
internal sealed class HardwarePorts
{
    private readonly Func<string, IEnumerable<string>> _find;

    private HardwarePorts(Func<string, IEnumerable<string>> find) => _find = find;

    internal static HardwarePorts FibreChannelOverEthernet { get; } = new(sys => FibreChannelHosts(sys, host => LinkName(host + "/subsystem") == "fcoe"));

    internal static HardwarePorts InfiniBand { get; } = new(sys =>
        from device in Entries(sys + "/class/infiniband")
        from port in Entries(device + "/ports")
        let gid = Text(port + "/gids/0")
        where gid.Length > 0
        select "ib." + gid.Replace(":", "", StringComparison.Ordinal));

    // The first local node: its GUID names the machine.
    internal static HardwarePorts FireWire { get; } = new(sys =>
        (from device in Entries(sys + "/bus/firewire/devices")
         where Text(device + "/is_local") == "1"
         select "eui." + WithoutPrefix(Text(device + "/guid"))).Take(1));

    internal static HardwarePorts PowerVirtual { get; } = new(sys =>
        from device in Entries(sys + "/module/ibmvscsis/drivers/vio:ibmvscsis")
        let specification = Text(device + "/devspec")
        where specification.Contains('@', StringComparison.Ordinal)
        select specification[(specification.IndexOf('@', StringComparison.Ordinal) + 1)..]);

    internal static HardwarePorts FibreChannel(string driver) => new(sys => FibreChannelHosts(sys, host =>
    {
        // .../0000:05:00.0/host7/fc_host/host7: the adapter is three levels up.
        string adapter = Path.GetFullPath("../../..", host);
        return LinkName(adapter + "/driver") == driver;
    }));

    /// <summary>The names of the ports, as people write them.</summary>
    /// <param name="sys">Where sysfs is mounted.</param>
    internal IReadOnlyList<string> Find(string sys) => [.. _find(sys).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> FibreChannelHosts(string sys, Func<string, bool> isOurs) =>
        from host in Entries(sys + "/class/fc_host")
        let real = Directory.ResolveLinkTarget(host, returnFinalTarget: true)?.FullName ?? host
        where isOurs(real)
        let name = Text(host + "/port_name")
        where name.Length > 0
        select "naa." + WithoutPrefix(name);

    private static string[] Entries(string path) => Directory.Exists(path) ? Directory.GetFileSystemEntries(path) : [];

    private static string? LinkName(string path) => Path.GetFileName(new FileInfo(path).LinkTarget);

    private static string Text(string path) => File.Exists(path) ? File.ReadAllText(path).Trim() : "";

    private static string WithoutPrefix(string digits) => digits.StartsWith("0x", StringComparison.Ordinal) ? digits[2..] : digits;
}
