// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Tests;

/// <summary>Proves the native layouts and constants with the C compiler and the installed headers.</summary>
public sealed class LayoutTests
{
    [Fact]
    public async Task Structs_and_constants_are_those_of_the_installed_headers()
    {
        string compiler = FindCompiler();
        var source = new StringBuilder();
        source.AppendLine("#define _GNU_SOURCE\n#include <stddef.h>\n#include <sys/uio.h>\n#include <sys/epoll.h>\n#include <sys/eventfd.h>");
        source.AppendLine("#include <poll.h>\n#include <fcntl.h>\n#include <errno.h>\n#include <sys/syscall.h>\n#include <linux/stat.h>");
        source.AppendLine("#include <linux/io_uring.h>\n#include <linux/time_types.h>\n#include <linux/fs.h>\n#include <linux/magic.h>");
        source.AppendLine("#include <linux/falloc.h>\n#include <sys/socket.h>\n#include <netinet/in.h>\n#include <netinet/tcp.h>");
        source.AppendLine("#include <sys/resource.h>");

        Size(source, "struct iovec", Marshal.SizeOf<IoVector>());
        Size(source, "struct epoll_event", EpollEvents.Size);
        Size(source, "struct msghdr", MessageHeader.StructSize);
        Size(source, "struct statx", StatxBuffer.StructSize);
        Size(source, "struct __kernel_timespec", Marshal.SizeOf<KernelTimespec>());
        Size(source, "struct io_uring_params", IoUringParameters.StructSize);
        Size(source, "struct io_uring_sqe", IoUringSubmission.StructSize);
        Size(source, "struct io_uring_cqe", IoUringCompletion.StructSize);
        Size(source, "struct io_uring_getevents_arg", IoUringWaitArgument.StructSize);
        Size(source, "struct rusage", Libc.ResourceUsage.StructSize);
        Offsets<Libc.ResourceUsage>(source, "struct rusage", new() { ["VoluntaryContextSwitches"] = "ru_nvcsw" });
        Offsets<StatxBuffer>(source, "struct statx", new()
        {
            ["Mask"] = "stx_mask",
            ["BlockSize"] = "stx_blksize",
            ["Mode"] = "stx_mode",
            ["Size"] = "stx_size",
            ["RdevMajor"] = "stx_rdev_major",
            ["RdevMinor"] = "stx_rdev_minor",
            ["DevMajor"] = "stx_dev_major",
            ["DevMinor"] = "stx_dev_minor",
            ["DirectMemoryAlign"] = "stx_dio_mem_align",
            ["DirectOffsetAlign"] = "stx_dio_offset_align",
        });
        Offsets<IoUringParameters>(source, "struct io_uring_params", new()
        {
            ["SqEntries"] = "sq_entries",
            ["CqEntries"] = "cq_entries",
            ["Flags"] = "flags",
            ["Features"] = "features",
            ["SqHead"] = "sq_off.head",
            ["SqTail"] = "sq_off.tail",
            ["SqRingMask"] = "sq_off.ring_mask",
            ["SqFlags"] = "sq_off.flags",
            ["SqArray"] = "sq_off.array",
            ["CqHead"] = "cq_off.head",
            ["CqTail"] = "cq_off.tail",
            ["CqRingMask"] = "cq_off.ring_mask",
            ["CqCqes"] = "cq_off.cqes",
        });
        Offsets<IoUringSubmission>(source, "struct io_uring_sqe", new()
        {
            ["Opcode"] = "opcode",
            ["Flags"] = "flags",
            ["Descriptor"] = "fd",
            ["Offset"] = "off",
            ["Address"] = "addr",
            ["Length"] = "len",
            ["OperationFlags"] = "rw_flags",
            ["UserData"] = "user_data",
        });
        Offsets<IoUringCompletion>(source, "struct io_uring_cqe", new() { ["UserData"] = "user_data", ["Result"] = "res" });
        Offsets<IoUringWaitArgument>(source, "struct io_uring_getevents_arg", new() { ["Timeout"] = "ts" });
        Offsets<MessageHeader>(source, "struct msghdr", new() { ["Vectors"] = "msg_iov", ["VectorCount"] = "msg_iovlen" });
        Constants(source, typeof(IoUringConstants), _ => true);
        Constants(source, typeof(Errno), _ => true);
        Constants(source, typeof(Libc), name => name is not ("Library" or "MAP_FAILED") && !name.StartsWith("NR_", StringComparison.Ordinal));
        source.AppendLine("_Static_assert(SYS_io_uring_setup == 425 && SYS_io_uring_enter == 426, \"numbers\");");
        source.AppendLine($"_Static_assert(O_DIRECT == {Libc.O_DIRECT}, \"O_DIRECT\");");

        (int status, string messages) = await CompileAsync(compiler, source.ToString());

        Assert.True(status == 0, messages);
    }

    private static void Size(StringBuilder source, string type, int size) =>
        source.AppendLine($"_Static_assert(sizeof({type}) == {size}, \"size of {type}\");");

    private static void Offsets<T>(StringBuilder source, string type, Dictionary<string, string> names)
    {
        foreach (FieldInfo field in typeof(T).GetFields(BindingFlags.Instance | BindingFlags.NonPublic))
        {
            int offset = field.GetCustomAttribute<FieldOffsetAttribute>()!.Value;
            string member = names[field.Name];
            source.AppendLine($"_Static_assert(offsetof({type}, {member}) == {offset}, \"{type}.{member}\");");
            source.AppendLine($"_Static_assert(sizeof((({type} *)0)->{member}) == {Marshal.SizeOf(field.FieldType)}, \"size of {type}.{member}\");");
        }
    }

    private static void Constants(StringBuilder source, Type holder, Func<string, bool> wanted)
    {
        foreach (FieldInfo field in holder.GetFields(BindingFlags.Static | BindingFlags.NonPublic).Where(field => field.IsLiteral))
        {
            // A constant that the headers here do not know yet, or that another header holds, proves nothing; enumerators are no macros.
            if (wanted(field.Name))
            {
                string guard = field.Name.StartsWith("IORING_OP_", StringComparison.Ordinal) ? "1" : $"defined({field.Name})";
                source.AppendLine($"#if {guard}\n_Static_assert({field.Name} == {field.GetRawConstantValue()}LL, \"{field.Name}\");\n#endif");
            }
        }
    }

    private static string FindCompiler()
    {
        string? compiler = new[] { "/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(compiler is null, "There is no C compiler.");
        Assert.SkipUnless(File.Exists("/usr/include/linux/io_uring.h"), "The kernel's headers are not installed.");
        return compiler!;
    }

    private static async Task<(int Status, string Messages)> CompileAsync(string compiler, string source)
    {
        var start = new ProcessStartInfo(compiler, "-fsyntax-only -x c -")
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(source);
        process.StandardInput.Close();
        string messages = await process.StandardError.ReadToEndAsync().WaitAsync(LoopFactory.Limit);
        await process.WaitForExitAsync().WaitAsync(LoopFactory.Limit);
        return (process.ExitCode, messages);
    }
}
