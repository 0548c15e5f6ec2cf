// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Lio.Native;

namespace TcmuRunner.Lio.Tests;

/// <content>The attributes of each kind of directory, with the values of a 6.1 kernel.</content>
internal sealed partial class FakeConfigFs
{
    private static readonly string[] s_plugins = ["fileio", "iblock", "rd", "pscsi", "user"];

    private readonly Dictionary<string, Dictionary<string, string>> _control = [];

    public void Write(string path, string value)
    {
        string name = Note("write", path);
        string directory = Path.GetDirectoryName(path)!;
        string file = Path.GetFileName(path);
        switch (file)
        {
            case "control":
                foreach (string[] pair in value.Split(',').Select(setting => setting.Split('=', 2)))
                {
                    _control[directory][pair[0]] = pair[1];
                }

                WriteInfo(directory);
                return;
            case "enable" when name.StartsWith("core/", StringComparison.Ordinal):
                if (_control[directory].Count == 0)
                {
                    throw Error(path, Errno.EINVAL);
                }

                if (_control[directory].GetValueOrDefault("fd_dev_name") is { } image && !File.Exists(image))
                {
                    using FileStream made = File.Create(image);
                    made.SetLength(long.Parse(_control[directory]["fd_dev_size"], null));
                }

                break;
            case "vpd_unit_serial":
                value = "T10 VPD Unit Serial Number: " + value;
                break;
            case "nexus" when _files.Read(path) != "ENODEV":
                throw Error(path, Errno.EEXIST);
            case "alua_tg_pt_gp":
                string storage = Links().First(link => Path.GetDirectoryName(link.Path) == directory).Target;
                if (!Directory.Exists($"{storage}/alua/{value}"))
                {
                    throw Error(path, Errno.ENODEV);
                }

                value = $"TG Port Alias: {value}\nTG Port Group ID: 1";
                break;
            case "alua_access_type":
                value = new[] { "None", "Implicit", "Explicit", "Implicit and Explicit" }[int.Parse(value, null)];
                break;
            case "dev_size" or "dev_config":
                _control[Path.GetDirectoryName(directory)!][file] = value;
                WriteInfo(Path.GetDirectoryName(directory)!);
                break;
        }

        _files.Write(path, value.PadRight((int)new FileInfo(path).Length, ' ') + "\n");
    }

    private static void Put(string directory, string name, string value, bool isReadOnly = false)
    {
        string path = $"{directory}/{name}";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, value + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, isReadOnly ? UnixFileMode.UserRead : UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private static void PutAll(string directory, string pairs, bool isReadOnly = false)
    {
        foreach (string[] pair in pairs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)))
        {
            Put(directory, pair[0], pair[1], isReadOnly);
        }
    }

    private void FillStorage(string path, string prefix)
    {
        _control[path] = [];
        PutAll(path, "enable=0 control= udev_path= alias= pr/res_aptpl_metadata= wwn/vpd_unit_serial=");
        PutAll(path, "attrib/emulate_write_cache=0 attrib/emulate_tas=1 attrib/alua_support=" + (prefix == "pscsi" ? "0" : "1"));
        PutAll(path, "attrib/hw_block_size=512 attrib/hw_max_sectors=128", isReadOnly: true);
        if (prefix == "user")
        {
            PutAll(path, "attrib/cmd_time_out=30 attrib/dev_size=0 attrib/dev_config=NULL");
        }

        if (prefix != "pscsi")
        {
            FillGroup(path + "/alua/default_tg_pt_gp");
        }

        WriteInfo(path);
    }

    private static void FillGroup(string path)
    {
        PutAll(path, "alua_access_state=0 alua_access_status=None alua_write_metadata=0 implicit_trans_secs=0 nonop_delay_msecs=100");
        PutAll(path, "preferred=0 tg_pt_gp_id=0 trans_delay_msecs=0 members= alua_support_lba_dependent=0");
        PutAll(path, string.Join(' ', new[] { "active_nonoptimized", "active_optimized", "offline", "standby", "transitioning", "unavailable" }
            .Select(state => $"alua_support_{state}=1")));
        Put(path, "alua_access_type", "Implicit and Explicit");
    }

    private static void FillFabric(string path, string fabric)
    {
        if (fabric == "iscsi")
        {
            PutAll(path, "discovery_auth/enforce_discovery_auth=0 discovery_auth/userid= discovery_auth/password= discovery_auth/userid_mutual= discovery_auth/password_mutual=");
            Put(path, "lio_version", "Datera Inc. iSCSI Target v4.1.0", isReadOnly: true);
        }
    }

    private static void FillTpg(string path, string fabric)
    {
        Directory.CreateDirectory(path + "/lun");
        Put(path, "attrib/fabric_prot_type", "0");
        if (fabric == "iscsi")
        {
            Directory.CreateDirectory(path + "/np");
            Directory.CreateDirectory(path + "/acls");
            PutAll(path, "enable=0 attrib/authentication=0 attrib/generate_node_acls=0 param/AuthMethod=CHAP param/MaxConnections=1 dynamic_sessions=");
            PutAll(path, "auth/userid= auth/password= auth/userid_mutual= auth/password_mutual=");
        }
        else
        {
            Put(path, "nexus", "ENODEV");
        }
    }

    private static void FillPortal(string path) => PutAll(path, "iser=0 cxgbit=0");

    private static void FillAcl(string path, string initiator)
    {
        PutAll(path, "cmdsn_depth=64 tag= attrib/nopin_timeout=15 auth/userid= auth/password= auth/userid_mutual= auth/password_mutual=");
        Put(path, "info", "No active iSCSI Session for Initiator Endpoint: " + initiator, isReadOnly: true);
        Put(path, "param/MaxConnections", "No Active iSCSI Session", isReadOnly: true);
    }

    private void WriteInfo(string path)
    {
        Dictionary<string, string> control = _control[path];
        bool active = Links().Any(link => link.Target == path);
        string head = $"Status: {(active ? "ACTIVATED" : "DEACTIVATED")}  Max Queue Depth: 0  SectorSize: 512  HwMaxSectors: {control.GetValueOrDefault("hw_max_sectors", "128")}\n        ";
        string prefix = Path.GetFileName(Path.GetDirectoryName(path)!);
        string tail = prefix[..prefix.LastIndexOf('_')] switch
        {
            "fileio" => $"TCM FILEIO ID: 0        File: {control.GetValueOrDefault("fd_dev_name")}  Size: {control.GetValueOrDefault("fd_dev_size", "0")}  Mode: O_DSYNC Async: {control.GetValueOrDefault("fd_async_io", "0")}",
            "rd_mcp" => $"TCM RamDisk ID: 0  RamDisk Makeup: rd_mcp\n        PAGES/PAGE_SIZE: {control.GetValueOrDefault("rd_pages", "0")}*4096  SG_table_count: 1  nullio: {control.GetValueOrDefault("rd_nullio", "0")} dummy: 0",
            "user" => $"Config: {control.GetValueOrDefault("dev_config", "NULL")} Size: {control.GetValueOrDefault("dev_size", "0")} MaxDataAreaMB: {control.GetValueOrDefault("max_data_area_mb", "1024")} DataPagesPerBlk: 1 CmdRingSizeMB: 8",
            _ => "SCSI Device Bus Location: Channel ID: 0 Target ID: 0 LUN: 1 Host ID: 2\n        Vendor: ATA      Model: QEMU DVD-ROM     Rev: 2.5+",
        };
        Put(path, "info", head + tail, isReadOnly: true);
        if (prefix.StartsWith("user_", StringComparison.Ordinal))
        {
            Put(path, "attrib/dev_size", control.GetValueOrDefault("dev_size", "0"));
            Put(path, "attrib/dev_config", control.GetValueOrDefault("dev_config", "NULL"));
        }
    }
}
