// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.Tcmu.ConfigFs;

/// <summary>What configfs tells a logical unit: its serial number and its target port groups.</summary>
/// <remarks>
/// Asked on loop threads, for INQUIRY and REPORT TARGET PORT GROUPS only. The serial number may change whenever the device is not exported,
/// and nobody tells us, so it is read each time: a few microseconds. Once the device is being removed configfs is not touched any more,
/// because rmdir may hold its locks until the removal has been answered; a straggler then gets what was read last.
/// </remarks>
internal sealed class ConfigFsEnvironment : ILogicalUnitEnvironment
{
    // "T10 VPD Unit Serial Number: "
    private const int SerialOffset = 28;

    private readonly IAttributeFiles _files;
    private readonly string _serialPath;
    private readonly ConfigFsTargetPortGroups _groups;
    private volatile bool _closed;
    private volatile string? _lastSerial;

    internal ConfigFsEnvironment(IAttributeFiles files, TcmuPaths paths, DeviceAttributes attributes)
    {
        _files = files;
        _serialPath = Path.Combine(attributes.DirectoryPath, "wwn/vpd_unit_serial");
        _groups = new ConfigFsTargetPortGroups(files, paths, attributes.DirectoryPath);
    }

    public string? UnitSerialNumber
    {
        get
        {
            if (_closed)
            {
                return _lastSerial;
            }

            try
            {
                string text = _files.Read(_serialPath);
                _lastSerial = text.Length > SerialOffset ? text[SerialOffset..] : null;
            }
            catch (TcmuException)
            {
                // Not there yet or not any more. What was read last still belongs to this device.
            }

            return _lastSerial;
        }
    }

    public ITargetPortGroups? TargetPortGroups => _groups;

    /// <summary>No access to configfs begins after this.</summary>
    internal void Close()
    {
        _closed = true;
        _groups.Close();
    }
}
