// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using TcmuRunner.Scsi;

namespace TcmuRunner.Tcmu.ConfigFs;

/// <summary>The target port groups below <c>alua/</c> of a device's configfs directory.</summary>
internal sealed class ConfigFsTargetPortGroups(IAttributeFiles files, TcmuPaths paths, string deviceDirectory) : ITargetPortGroups
{
    // LIO makes it for every device and puts each LUN there that was not given another group; it says nothing about failover.
    private const string DefaultGroup = "default_tg_pt_gp";

    // Bits of the supported-states byte of REPORT TARGET PORT GROUPS by attribute.
    private static readonly (string Attribute, byte Bit)[] s_supportedStates =
    [
        ("alua_support_active_optimized", 0x01),
        ("alua_support_active_nonoptimized", 0x02),
        ("alua_support_standby", 0x04),
        ("alua_support_unavailable", 0x08),
        ("alua_support_lba_dependent", 0x10),
        ("alua_support_offline", 0x40),
        ("alua_support_transitioning", 0x80),
    ];

    private readonly string _directory = Path.Combine(deviceDirectory, "alua");
    private volatile bool _closed;
    private volatile IReadOnlyList<TargetPortGroup>? _last;

    /// <summary>No access to configfs begins after this; <see cref="Read"/> gives what was read last.</summary>
    internal void Close() => _closed = true;

    public IReadOnlyList<TargetPortGroup>? Read()
    {
        if (_closed)
        {
            return _last;
        }

        try
        {
            var groups = new List<TargetPortGroup>();
            foreach (string name in GroupNames())
            {
                if (TryReadGroup(name) is { } group)
                {
                    groups.Add(group);
                }
            }

            bool reachable = groups.Exists(group => group.Ports.Any(port => port.IsEnabled));
            return _last = reachable ? groups : [];
        }
        catch (TcmuException)
        {
            // The contract's way to say so; the engine answers the command with an error and the initiator asks again.
            return null;
        }
    }

    public bool TrySetState(ushort groupId, AsymmetricAccessState state, bool isExplicit)
    {
        if (_closed)
        {
            return false;
        }

        try
        {
            foreach (string name in GroupNames())
            {
                string group = Path.Combine(_directory, name);
                if (ReadNumber(group, "tg_pt_gp_id") != groupId)
                {
                    continue;
                }

                // The kernel takes this only from a group whose access type includes implicit changes.
                files.Write(Path.Combine(group, "alua_access_state"), ((int)state).ToString(CultureInfo.InvariantCulture));
                RecordCause(group, isExplicit);
                return true;
            }
        }
        catch (TcmuException)
        {
            // Reported to the initiator as a failed transition.
        }

        return false;
    }

    private IEnumerable<string> GroupNames() => files.List(_directory).Where(name => name != DefaultGroup);

    // The state has changed; why is only a remark in the next report.
    private void RecordCause(string group, bool isExplicit)
    {
        try
        {
            files.Write(Path.Combine(group, "alua_access_status"), isExplicit ? "1" : "2");
        }
        catch (TcmuException)
        {
            // The kernel has written "altered by implicit" itself, which is all that can be said then.
        }
    }

    /// <returns>Null when the group went away meanwhile.</returns>
    private TargetPortGroup? TryReadGroup(string name)
    {
        string group = Path.Combine(_directory, name);
        try
        {
            return ReadGroup(group);
        }
        catch (TcmuException exception) when (exception.Kind == TcmuErrorKind.NotFound && !files.Exists(group))
        {
            return null;
        }
    }

    private TargetPortGroup ReadGroup(string group)
    {
        byte supported = 0;
        foreach ((string attribute, byte bit) in s_supportedStates)
        {
            supported |= ReadNumber(group, attribute) != 0 ? bit : (byte)0;
        }

        string type = files.Read(Path.Combine(group, "alua_access_type"));
        return new TargetPortGroup
        {
            Id = (ushort)ReadNumber(group, "tg_pt_gp_id"),
            State = (AsymmetricAccessState)ReadNumber(group, "alua_access_state"),
            IsPreferred = ReadNumber(group, "preferred") != 0,
            SupportedStates = supported,
            StatusCode = ParseStatus(files.Read(Path.Combine(group, "alua_access_status"))),
            IsImplicit = type.Contains("Implicit", StringComparison.Ordinal),
            IsExplicit = type.Contains("Explicit", StringComparison.Ordinal),
            ImplicitTransitionSeconds = (byte)ReadNumber(group, "implicit_trans_secs"),
            Ports = ReadPorts(files.Read(Path.Combine(group, "members"))),
        };
    }

    private static byte ParseStatus(string text) => text switch
    {
        "Altered by Explicit STPG" => 1,
        "Altered by Implicit ALUA" => 2,
        _ => 0,
    };

    // "fabric/wwn/tpgt_N/lun_M", each followed by a newline and a NUL.
    private List<TargetPort> ReadPorts(string members)
    {
        var ports = new List<TargetPort>();
        foreach (string member in members.Split(['\n', '\0'], StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = member.Trim().Split('/');
            if (parts.Length == 4 && TryReadPort(parts[0] == "iSCSI" ? "iscsi" : parts[0], parts[1], parts[2], parts[3]) is { } port)
            {
                ports.Add(port);
            }
        }

        return ports;
    }

    /// <returns>Null when the port went away meanwhile, or its name is none.</returns>
    private TargetPort? TryReadPort(string fabric, string wwn, string portalGroup, string lun)
    {
        const string Prefix = "tpgt_";
        string directory = Path.Combine(paths.ConfigFsTarget, fabric, wwn, portalGroup);
        string statistics = Path.Combine(directory, "lun", lun, "statistics");
        if (!portalGroup.StartsWith(Prefix, StringComparison.Ordinal)
            || !ushort.TryParse(portalGroup.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ushort tag))
        {
            return null;
        }

        try
        {
            // Fabrics without a switch of their own, like loopback, are always on.
            bool enabled = !files.Exists(Path.Combine(directory, "enable")) || ReadNumber(directory, "enable") != 0;
            return new TargetPort(
                (ushort)ReadNumber(statistics, "scsi_port/indx"),
                (byte)ReadNumber(statistics, "scsi_transport/proto_id"),
                wwn,
                tag,
                enabled);
        }
        catch (TcmuException exception) when (exception.Kind == TcmuErrorKind.NotFound)
        {
            return null;
        }
    }

    private long ReadNumber(string directory, string file)
    {
        string path = Path.Combine(directory, file);
        string text = files.Read(path);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new TcmuException(TcmuErrorKind.NotSupported, $"{path} says '{text}' where a number is expected.") { Path = path };
    }
}
